import { z } from 'zod';

/** A field that may be absent; `null` means the same. */
export function given<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off` and their first letters in a query string, in any case. */
export const queryFlag = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(
    z.enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off', 't', 'f', 'y', 'n'], {
      error: 'must be true or false',
    }),
  )
  .transform((text) => ['true', '1', 'yes', 'on', 't', 'y'].includes(text));

/** A whole number in a query string. */
export function queryNumber(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^-?\d{1,12}$/, { error: 'must be a whole number' })
    .transform(Number)
    .pipe(z.number().int().min(minimum).max(maximum));
}

/** A number in a query string, as clients write one: `5`, `5.0`, `.5`. */
export function queryDecimal(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})$/, { error: 'must be a number' })
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
}

export const uri = z.string().min(1, { error: 'must not be empty' }).max(16_384);

/** Most entries one listing or search may be asked for. */
export const NODE_LIMIT_MAX = 100_000;

export const nodeLimit = z.number().int().min(1).max(NODE_LIMIT_MAX);

/** Seconds. */
export const timeout = given(z.number().min(0).max(86_400));

/** Minutes between two imports of a watch: one to a year. */
export const watchInterval = z.number().min(1).max(525_600);

/** `true`, or an object: the envelope tells what the request took. */
export const telemetry = given(z.union([z.boolean(), z.record(z.string(), z.unknown())]));

export const processingMode = z
  .enum(['semantic_and_vectors', 'vectors_only'])
  .default('semantic_and_vectors');

/** Labels of an entry, `key=value` each: a list, or several in a comma-separated string. */
export const tags = z
  .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
  .transform((list) => [...new Set(list.map((tag) => tag.trim()).filter((tag) => tag !== ''))])
  .pipe(
    z
      .array(
        z
          .string()
          .max(256)
          .regex(/^[^=\s\p{Cc}][^=\p{Cc}]*=[^\p{Cc}]+$/u, { error: 'must be key=value' }),
      )
      .max(100),
  );

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

/** `a,b` or a list. */
export function listed(value: string | readonly string[]): string[] {
  const parts = typeof value === 'string' ? value.split(',') : value;
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Levels of hits, 0 to 2: one, several in a comma-separated string, or a list. */
const level = z.number().int().min(0).max(2);
export const levels = given(
  z
    .union([level.transform(String), z.string(), z.array(z.union([level, z.string()])).transform(String)])
    .transform(listed)
    .pipe(z.array(z.enum(['0', '1', '2'])).min(1))
    .transform((asked) => asked.map((one) => Number(one) as 0 | 1 | 2)),
);

/** A field of the reference that this version knows and cannot honour: any value but null is refused by the server. */
export const later = z.unknown().optional();
