import { z } from 'zod';
import { given, later, levels, listed, nodeLimit, telemetry, uri } from './fields.ts';

const contextType = z.enum(['memory', 'resource', 'skill']);

/** A part of a score. */
const penalty = z.number().min(0).max(1);

const detail = z.enum(['auto', 'abstract', 'overview', 'full']);

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
  /** Empty means none, as clients of the reference send it. */
  image_url: later.transform((value) => (value === '' ? undefined : value)),
  /** Checked where it is understood: see docs/retrieval.md. */
  filter: given(z.record(z.string(), z.unknown())),
  include_provenance: z.boolean().default(false),
  tags: given(z.union([z.string(), z.array(z.string()).max(100)]).transform(listed)),
  since: given(z.string()),
  until: given(z.string()),
  time_field: given(z.enum(['updated_at', 'created_at'])),
  level: levels,
  telemetry,
};

/** Fields of a question that are known and not honoured by this version. */
export const LATER_IN_FIND = ['image_url'] as const;

export const findBody = z.strictObject(question);

export const searchBody = z.strictObject({
  ...question,
  /** Of a list 10 unless said; of a block of context, as many entries as its budget holds. */
  limit: given(z.number().int().min(1).max(1_000)),
  /** Empty means none. */
  session_id: given(z.string()).transform((id) => (id === '' ? undefined : id)),
  mode: z.enum(['list', 'context']).default('list'),
  // Of mode `context` only.
  query_expansion: given(z.enum(['auto', 'off'])),
  max_tokens: given(z.number().int().min(64).max(32_000)),
  quotas: given(z.record(z.string(), z.number().int().min(0).max(100))),
  purpose: given(z.enum(['chat', 'coding'])),
  /** For every entry, or by category; `auto` is as much as fits. */
  detail: given(z.union([detail, z.record(z.string(), detail)])),
  exclude_uris: given(z.array(z.string()).max(200)),
  dedup_turns: given(z.number().int().min(0).max(100)),
  peer_scope: given(z.enum(['all', 'actor'])),
  /** For every category, or by category. */
  other_peer_penalty: given(z.union([penalty, z.record(z.string(), penalty)])),
  rewrite: given(z.union([z.boolean(), z.literal('auto')])),
  rewrite_max_bullets: given(z.number().int().min(1).max(20)),
});

const { mode: _mode, ...contextFields } = searchBody.shape;

/** As a block of context is asked for, with the names of the reference's older route; the newer ones win. */
export const recallBody = z.strictObject({
  ...contextFields,
  /** About four of them are a token. */
  max_chars: z.number().int().min(256).max(128_000).default(6_500),
  min_score: penalty.default(0.1),
  /** The answer always has both, the entries and their text. */
  render: z.boolean().default(true),
});

/** Fields that only a block of context has. */
export const CONTEXT_ONLY = [
  'query_expansion',
  'max_tokens',
  'quotas',
  'purpose',
  'detail',
  'exclude_uris',
  'dedup_turns',
  'peer_scope',
  'rewrite',
  'rewrite_max_bullets',
  'other_peer_penalty',
] as const;

/** Fields that only a list of hits has; a limit of a block is one of its entries. */
export const LIST_ONLY = ['per_entry', 'level'] as const;

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
