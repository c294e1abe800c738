import { z } from 'zod';
import { given, later, patterns, processingMode, tags, telemetry, timeout, watchInterval } from './fields.ts';

export const addResourceBody = z.strictObject({
  /** The http(s) address of a file, or an absolute path on the daemon's machine (over the socket only). */
  path: given(z.string().min(1)),
  /** Answer of `temp_upload`; wins over `path`. */
  temp_file_id: given(z.string().min(1)),
  to: given(z.string()),
  parent: given(z.string()),
  create_parent: z.boolean().default(false),
  reason: given(z.string()),
  instruction: given(z.string()),
  wait: z.boolean().default(false),
  timeout,
  strict: z.boolean().default(false),
  source_name: given(z.string()),
  ignore_dirs: patterns,
  include: patterns,
  exclude: patterns,
  directly_upload_media: z.boolean().default(true),
  preserve_structure: given(z.boolean()),
  add_type: later,
  args: given(z.record(z.string(), z.unknown())),
  /** 0: no watch. */
  watch_interval: z
    .number()
    .refine((minutes) => minutes === 0 || watchInterval.safeParse(minutes).success, {
      error: 'must be 0, or 1 to 525600 minutes',
    })
    .default(0),
  processing_mode: processingMode,
  tags: given(tags),
  tag_mode: given(z.enum(['replace', 'append'])),
  telemetry,
});
