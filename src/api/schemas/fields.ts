import { z } from 'zod';

/** A field that may be absent; `null` means the same. */
export function given<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off` in a query string. */
export const queryFlag = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'], { error: 'must be true or false' }))
  .transform((text) => text === 'true' || text === '1' || text === 'yes' || text === 'on');

/** A whole number in a query string. */
export function queryNumber(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^-?\d{1,12}$/, { error: 'must be a whole number' })
    .transform(Number)
    .pipe(z.number().int().min(minimum).max(maximum));
}

export const uri = z.string().min(1, { error: 'must not be empty' }).max(16_384);

/** Most entries one listing or search may be asked for. */
export const NODE_LIMIT_MAX = 100_000;

export const nodeLimit = z.number().int().min(1).max(NODE_LIMIT_MAX);

/** Seconds. */
export const timeout = given(z.number().min(0).max(86_400));

/** Asked for by clients of the reference; answers carry no telemetry. */
export const telemetry = given(z.union([z.boolean(), z.record(z.string(), z.unknown())]));

export const processingMode = z
  .enum(['semantic_and_vectors', 'vectors_only'])
  .default('semantic_and_vectors');

/** One pattern, several in a comma-separated string, or a list. */
export const patterns = given(
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) =>
      (typeof value === 'string' ? value.split(',') : value)
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),
);

/** A field of the reference that this version knows and cannot honour: any value but null is refused by the server. */
export const later = z.unknown().optional();
