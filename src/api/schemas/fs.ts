import { z } from 'zod';
import {
  given,
  NODE_LIMIT_MAX,
  queryDecimal,
  queryFlag,
  queryNumber,
  tags,
  telemetry,
  timeout,
  uri,
} from './fields.ts';

const listing = {
  uri,
  output: z.enum(['agent', 'original']).default('agent'),
  abs_limit: queryNumber(0, 100_000).default(256),
  show_all_hidden: queryFlag.default(false),
  node_limit: queryNumber(1, NODE_LIMIT_MAX).default(1_000),
  /** Alias of `node_limit` that wins over it. */
  limit: queryNumber(1, NODE_LIMIT_MAX).optional(),
};

export const lsQuery = z.object({
  ...listing,
  simple: queryFlag.default(false),
  recursive: queryFlag.default(false),
  sort_by: z.enum(['name', 'mtime']).optional(),
  sort_order: z.enum(['asc', 'desc']).default('asc'),
});

export const treeQuery = z.object({ ...listing, level_limit: queryNumber(1, 1_000).default(3) });

export const uriQuery = z.object({ uri });

export const mkdirBody = z.strictObject({ uri, description: given(z.string().max(65_536)) });

export const removeQuery = z.object({
  uri,
  recursive: queryFlag.default(false),
  wait: queryFlag.default(false),
  timeout: queryDecimal(0, 86_400).optional(),
});

export const moveBody = z.strictObject({ from_uri: uri, to_uri: uri, timeout });

/** Body of `attrs/set_tags` and `content/set_tags`. */
export const setTagsBody = z.strictObject({
  uri,
  tags,
  mode: z.enum(['replace', 'append']).default('replace'),
  /** Everything below a directory as well. */
  recursive: z.boolean().default(false),
  telemetry,
});
