import { z } from 'zod';
import { given, queryFlag, queryNumber, tags, telemetry } from './fields.ts';

const tagged = given(z.strictObject({ tags: given(tags) }));

const extractionConfig = z
  .strictObject({ events: tagged })
  .transform(({ events }) => ({ events: { tags: events?.tags ?? [] } }));

export const sessionCreateBody = z.strictObject({
  session_id: given(z.string()),
  memory_policy: given(z.record(z.string(), z.unknown())),
  auto_commit_policy: given(z.record(z.string(), z.unknown())),
  memory_extraction_config: given(extractionConfig),
  telemetry,
});

export const sessionGetQuery = z.object({ auto_create: queryFlag.default(false) });

/** The fields; what a role or a part may be is for the sessions themselves to say, as for a line in a file. */
const message = {
  role: z.string(),
  content: given(z.string()),
  parts: given(z.array(z.record(z.string(), z.unknown()))),
  peer_id: given(z.string()),
  role_id: given(z.string()),
  created_at: given(z.string()),
  turn_id: given(z.string()),
  message_kind: given(z.string()),
  source_message_ids: given(z.array(z.string())),
};

export const messageBody = z.strictObject({ ...message, telemetry });

export const messagesBody = z.strictObject({
  messages: z.array(z.strictObject(message)).min(1).max(100),
  telemetry,
});

export const usedBody = z.strictObject({
  contexts: given(z.array(z.string()).max(1_000)).transform((uris) => uris ?? []),
  skill: given(z.record(z.string(), z.unknown())),
});

export const commitBody = z.strictObject({
  keep_recent_count: z.number().int().min(0).max(10_000).default(0),
  /** Seconds to wait for the summary and the memories before answering `accepted`. */
  wait: given(z.number().min(0).max(600)),
  retention_mode: given(z.literal('turn_budget')),
  keep_recent_turn_count: given(z.number().int().min(0).max(10_000)),
  retained_message_token_budget: given(z.number().int().min(1).max(1_000_000_000)),
  min_raw_tail_steps: given(z.number().int().min(0).max(10_000)),
  extraction_metadata: given(z.strictObject({ event: tagged })),
  telemetry,
});

/** Fields of a commit that say something only with a `retention_mode`. */
export const ONLY_WITH_RETENTION = [
  'keep_recent_turn_count',
  'retained_message_token_budget',
  'min_raw_tail_steps',
] as const;

/** Null switches it off; what is absent stays as it is. */
export const sessionConfigBody = z.strictObject({
  auto_commit_policy: z.record(z.string(), z.unknown()).nullable().optional(),
  memory_extraction_config: extractionConfig.nullable().optional(),
});

export const retryBody = z.strictObject({ wait: given(z.number().min(0).max(600)) });

export const undoBody = z.strictObject({});

export const extractBody = z.strictObject({ telemetry });

export const toolResultsQuery = z.object({
  tool_name: z.string().optional(),
  limit: queryNumber(1, 1_000).default(50),
});

/** Offset and limit in code points; a limit of -1 is the rest. */
export const toolResultQuery = z.object({
  offset: queryNumber(0, 1e9).default(0),
  limit: queryNumber(-1, 1e9).default(20_000),
  include_metadata: queryFlag.default(true),
});

export const toolResultSearchQuery = z.object({
  q: z.string().min(1, { error: 'must not be empty' }).max(4_096),
  limit: queryNumber(1, 1_000).default(20),
  context_chars: queryNumber(0, 10_000).default(300),
});

export const memoryStatsQuery = z.object({
  category: z
    .string()
    .regex(/^[\w-]{1,64}$/, { error: 'must be the name of a category' })
    .optional(),
});

export const rememberBody = z.strictObject({
  text: z.string().min(1).max(10_000),
  category: given(z.string()),
  peer_id: given(z.string()),
});

export const forgetBody = z.strictObject({ uri: z.string().min(1) });

export const reviewBody = z.strictObject({ name: z.string().min(1), action: z.enum(['accept', 'reject']) });

export const contextQuery = z.object({ token_budget: queryNumber(0, 1e9).default(128_000) });
