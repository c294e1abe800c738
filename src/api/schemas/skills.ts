import { z } from 'zod';
import { given, levels, NODE_LIMIT_MAX, queryFlag, queryNumber, telemetry, timeout } from './fields.ts';

const target = given(z.string());

/** Text of a `SKILL.md`, its fields, or an MCP tool definition. */
const data = z.union([
  z
    .string()
    .min(1)
    .max(1024 ** 2),
  z.record(z.string(), z.unknown()),
]);

export const skillAddBody = z.strictObject({
  data: given(data),
  /** Answer of `temp_upload`: a `SKILL.md`, or a zip archive of the skill's directory. */
  temp_file_id: given(z.string().min(1)),
  /** Absolute path on the daemon's machine; over the socket only. */
  path: given(z.string().min(1)),
  wait: z.boolean().default(false),
  timeout,
  source_metadata: given(z.record(z.string(), z.unknown())),
  target_uri: target,
  telemetry,
});

export const skillListQuery = z.object({
  node_limit: queryNumber(1, NODE_LIMIT_MAX).default(1_000),
  target_uri: z.string().optional(),
});

export const skillGetQuery = z.object({
  include_content: queryFlag.default(true),
  include_files: queryFlag.default(true),
  include_integrity: queryFlag.default(false),
  include_source: queryFlag.default(false),
  level: queryNumber(0, 2).optional(),
  target_uri: z.string().optional(),
});

export const skillTargetQuery = z.object({ target_uri: z.string().optional() });

export const skillFindBody = z.strictObject({
  query: z.string().trim().min(1, { error: 'must not be empty' }).max(16_384),
  limit: z.number().int().min(1).max(1_000).default(10),
  score_threshold: given(z.number()),
  level: levels,
  target_uri: target,
  telemetry,
});

export const skillValidateBody = z.strictObject({
  data,
  strict: z.boolean().default(false),
  source_path: given(z.string()),
  skill_dir_name: given(z.string()),
});
