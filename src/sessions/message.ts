import { z } from 'zod';
import { isoTime } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { VikingError } from '../errors/index.ts';
import { assertUserId, type Principal, roleIdOf, uriContext } from '../tenancy/index.ts';
import { assertIdentity } from '../uri/index.ts';
import { normalisePart, present, type StoredPart } from './message-parts.ts';
import { describeIssues } from './schema-issues.ts';
import type { StoredMessage } from './types.ts';

/** Largest message, as UTF-8 bytes of its JSON. */
export const MESSAGE_MAX_BYTES = 8 * 1024 * 1024;

const messageInput = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.string().nullish(),
  parts: z.array(z.unknown()).nullish(),
  peer_id: z.string().nullish(),
  role_id: z.string().nullish(),
  created_at: z.string().nullish(),
  turn_id: z.string().max(256).nullish(),
  message_kind: z.enum(['user_query', 'assistant_step', 'tool_transport', 'checkpoint']).nullish(),
  source_message_ids: z.array(z.string().max(256)).max(10_000).nullish(),
});

export interface MessageContext {
  readonly principal: Principal;
  /** Milliseconds since the epoch: `created_at` of a message that has none. */
  readonly now: number;
}

/**
 * A message as it is kept: id assigned, `created_at` in UTC, `content` as a text part (`parts` win when both are
 * given), parts in their present spelling.
 * @throws INVALID_ARGUMENT naming the key or part and the cause; PERMISSION_DENIED for another user's `role_id`
 */
export function normaliseMessage(raw: unknown, context: MessageContext): StoredMessage {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new VikingError('INVALID_ARGUMENT', 'a message is a JSON object', {
      hint: 'Example: {"role":"user","content":"hello"}',
    });
  }
  if ('id' in raw) {
    throw new VikingError('INVALID_ARGUMENT', 'unknown key "id"', {
      hint: 'Ids are assigned: leave it out.',
    });
  }
  const parsed = messageInput.safeParse(raw);
  if (!parsed.success) throw new VikingError('INVALID_ARGUMENT', describeIssues(parsed.error));
  const { role, content, parts, role_id, created_at, ...rest } = parsed.data;
  // Spaces around it and an empty one are what forms and templates leave: the reference reads them so.
  const peer_id = parsed.data.peer_id?.trim() || undefined;
  if (peer_id !== undefined) assertIdentity(peer_id, 'peer_id');
  if (role_id != null) assertIdentity(role_id, 'role_id');
  const speaker = speakerOf(context.principal, role, role_id ?? undefined);
  return {
    id: newId('msg'),
    role,
    parts: normaliseParts(content, parts, context),
    created_at: created_at == null ? isoTime(context.now) : utcTime(created_at),
    ...present({ ...rest, peer_id, role_id: speaker }),
  } as StoredMessage;
}

function normaliseParts(
  content: string | null | undefined,
  parts: readonly unknown[] | null | undefined,
  context: MessageContext,
): StoredPart[] {
  const uris = { ...uriContext(context.principal), now: context.now };
  if (parts != null && parts.length > 0) {
    return parts.map((part, index) => normalisePart(part, `parts[${index}]`, uris));
  }
  if (content == null) {
    throw new VikingError('INVALID_ARGUMENT', 'a message has "content" or a non-empty "parts"');
  }
  return [{ type: 'text', text: content }];
}

/** Messages of a shared session always say who spoke; of one's own session only when the caller did. */
function speakerOf(principal: Principal, role: 'user' | 'assistant', given?: string): string | undefined {
  if (given !== undefined && role === 'user' && principal.sharedSessions === true) assertUserId(given);
  const speaker = roleIdOf(principal, role, given);
  return given === undefined && principal.sharedSessions === undefined ? undefined : speaker;
}

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** ISO-8601 in UTC with milliseconds. A time without a zone is taken as UTC. @throws INVALID_ARGUMENT */
function utcTime(text: string): string {
  const form = ISO.exec(text);
  const withTime = /[T ]/.test(text) ? text.replace(' ', 'T') : `${text}T00:00:00`;
  const ms = form === null ? Number.NaN : Date.parse(form[1] === undefined ? `${withTime}Z` : withTime);
  if (!Number.isNaN(ms)) return isoTime(ms);
  throw new VikingError(
    'INVALID_ARGUMENT',
    `created_at ${JSON.stringify(text.slice(0, 80))} is not an ISO-8601 time`,
    {
      hint: 'Example: 2026-01-31T09:30:00Z',
    },
  );
}
