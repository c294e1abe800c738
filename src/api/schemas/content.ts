import { z } from 'zod';
import {
  given,
  processingMode,
  queryDecimal,
  queryFlag,
  queryNumber,
  tags,
  telemetry,
  timeout,
  uri,
} from './fields.ts';

export const readQuery = z.object({
  uri,
  offset: queryNumber(0, 1e9).default(0),
  limit: queryNumber(-1, 1e9).default(-1),
  raw: queryFlag.default(false),
});

/** With `wait`, the layer is answered once it is fresh, at most `timeout` seconds later. */
export const layerQuery = z.object({
  uri,
  wait: queryFlag.default(false),
  timeout: queryDecimal(0, 86_400).optional(),
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
  tags: given(tags),
  tag_mode: z.enum(['replace', 'append']).default('replace'),
  telemetry,
});

/** Largest batch of writes: the reference's limits. */
export const BATCH_LIMITS = {
  operations: 256,
  fileBytes: 8 * 1024 ** 2,
  totalBytes: 16 * 1024 ** 2,
} as const;

const operation = z
  .strictObject({
    uri,
    content: given(z.string()),
    content_base64: given(z.base64()),
    mode: z.enum(['replace', 'append', 'create', 'upsert']).default('replace'),
  })
  .refine((one) => (one.content === undefined) !== (one.content_base64 === undefined), {
    error: 'required (content or content_base64, not both)',
    path: ['content'],
  });

export const batchWriteBody = z.strictObject({
  /** Directory that holds every target. */
  root_uri: uri,
  operations: z.array(operation).min(1).max(BATCH_LIMITS.operations),
  wait: z.boolean().default(true),
  timeout,
  telemetry,
  processing_mode: processingMode,
});
