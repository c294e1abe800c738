import { z } from 'zod';

const url = z.string().refine((text) => /^https?:\/\/[^\s]+$/.test(text) && URL.canParse(text), {
  error: 'must be an http:// or https:// URL',
});
const endpoint = {
  url: url.optional(),
  model: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
  timeout_ms: z.number().int().min(100).max(3_600_000).optional(),
};

/** `host:port`, with the host of an IPv6 address in brackets. */
export const httpAddress = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):\d{1,5}$/, { error: 'must be host:port, as in 127.0.0.1:1933' })
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, {
    error: 'port must be at most 65535',
  });

const timeZone = z.string().refine(isTimeZone, { error: 'must be an IANA time zone, as in Europe/Lisbon' });

/** The configuration file, and what environment and flags are turned into before they are laid over it. */
export const settingsSchema = z.strictObject({
  home: z.string().min(1).optional(),
  socket: z.string().min(1).optional(),
  user: z.string().optional(),
  account: z.string().optional(),
  log_level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
  time_zone: timeZone.optional(),
  operation_timeout_ms: z.number().int().min(100).max(600_000).optional(),
  http: httpAddress.optional(),
  auth_mode: z.enum(['local', 'api_key', 'trusted']).optional(),
  root_key: z.string().min(1).optional(),
  models: z
    .strictObject({
      embedding: z
        .strictObject({
          ...endpoint,
          dimensions: z.number().int().min(1).max(65_536).optional(),
          batch_texts: z.number().int().min(1).max(2_048).optional(),
          input_tokens: z.number().int().min(64).max(1_000_000).optional(),
        })
        .optional(),
      chat: z.strictObject(endpoint).optional(),
      rerank: z
        .union([z.literal('chat'), z.strictObject(endpoint)], {
          error: 'must be "chat", or an endpoint with url and model',
        })
        .optional(),
      concurrency: z.number().int().min(1).max(64).optional(),
      daily_tokens: z.number().int().min(0).optional(),
      redaction_allowed: z.array(z.string().min(4)).max(1_000).optional(),
    })
    .optional(),
  /** Where resources are fetched from. */
  sources: z.strictObject({ private_addresses: z.boolean().optional() }).optional(),
  mount: z
    .strictObject({
      driver: z.enum(['auto', 'kernel', 'fuse-native']).optional(),
      read_only: z.boolean().optional(),
      allow_other: z.boolean().optional(),
      passthrough: z.boolean().optional(),
    })
    .optional(),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Keys the schema knows at `path`, e.g. `['models', 'chat']`; empty where there is no object. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = settingsSchema;
  for (const key of path) {
    const object = unwrap(schema);
    schema =
      object instanceof z.ZodObject ? (object.shape as Record<string, unknown>)[String(key)] : undefined;
  }
  const object = unwrap(schema);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrap(schema: unknown): unknown {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (!(inner instanceof z.ZodUnion)) return inner;
  return inner.options.find((option) => option instanceof z.ZodObject);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
