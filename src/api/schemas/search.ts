import { z } from 'zod';
import { given, later, nodeLimit, telemetry, uri } from './fields.ts';

const contextType = z.enum(['memory', 'resource', 'skill']);

const question = {
  query: z.string().max(16_384).default(''),
  target_uri: z
    .union([z.string(), z.array(z.string())])
    .default('')
    .transform((value) => (typeof value === 'string' ? [value] : value).filter((text) => text !== '')),
  context_type: given(z.union([contextType.transform((one) => [one]), z.array(contextType)])),
  limit: z.number().int().min(1).max(1_000).default(10),
  /** Alias of `limit` that wins over it. */
  node_limit: given(z.number().int().min(1).max(1_000)),
  /** Most hits of one file; an addition to the reference. */
  per_entry: given(z.number().int().min(1).max(1_000)),
  score_threshold: given(z.number()),
  image_url: later,
  filter: later,
  include_provenance: z.boolean().default(false),
  tags: later,
  since: later,
  until: later,
  time_field: later,
  level: later,
  telemetry,
};

/** Fields of a question that are known and not honoured by this version. */
export const LATER_IN_FIND = [
  'image_url',
  'filter',
  'tags',
  'since',
  'until',
  'time_field',
  'level',
] as const;

export const findBody = z.strictObject(question);

export const searchBody = z.strictObject({
  ...question,
  session_id: given(z.string()),
  mode: z.enum(['list', 'context']).default('list'),
});

export const grepBody = z.strictObject({
  uri,
  pattern: z.string().min(1, { error: 'must not be empty' }).max(16_384),
  exclude_uri: given(z.string()),
  case_insensitive: z.boolean().default(false),
  node_limit: nodeLimit.default(256),
  level_limit: z.number().int().min(1).max(1_000).default(10),
});

export const globBody = z.strictObject({
  pattern: z.string().min(1, { error: 'must not be empty' }).max(4_096),
  uri: uri.default('viking://'),
  node_limit: nodeLimit.default(256),
});
