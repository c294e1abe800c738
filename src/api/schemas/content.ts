import { z } from 'zod';
import { given, later, processingMode, queryFlag, queryNumber, telemetry, timeout, uri } from './fields.ts';

export const readQuery = z.object({
  uri,
  offset: queryNumber(0, 1e9).default(0),
  limit: queryNumber(-1, 1e9).default(-1),
  raw: queryFlag.default(false),
});

export const writeBody = z
  .strictObject({
    uri,
    content: given(z.string()),
    /** In place of `content`, for bytes that are not UTF-8 text. */
    content_base64: given(z.base64()),
    mode: z.enum(['replace', 'append', 'create']).default('replace'),
    /** Create missing parent directories. */
    create_parent: z.boolean().default(true),
    wait: z.boolean().default(false),
    timeout,
    telemetry,
    processing_mode: processingMode,
  })
  .refine((body) => (body.content === undefined) !== (body.content_base64 === undefined), {
    error: 'required (content or content_base64, not both)',
    path: ['content'],
  });

export const reindexBody = z.strictObject({
  uri,
  mode: z.enum(['vectors_only', 'semantic_and_vectors', 'prune_orphans']).default('vectors_only'),
  wait: z.boolean().default(true),
  dry_run: z.boolean().default(false),
  recursive: z.boolean().default(true),
  tags: later,
  tag_mode: later,
});
