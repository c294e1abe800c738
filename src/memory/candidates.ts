import { setImmediate } from 'node:timers/promises';
import type { MemoryOutcome, MemoryPolicy, Message } from '../api/results.ts';
import { holdsSecret } from '../base/secrets.ts';
import { type Principal, userOfSpace } from '../tenancy/index.ts';
import { isIdentity } from '../uri/index.ts';
import type { Owner } from './categories.ts';
import { statementsOf } from './classify.ts';
import { digest, normalText } from './normal-text.ts';
import { quotableSentences } from './quotable.ts';
import { keyOf, slugOf } from './subject.ts';

/** A statement on its way to becoming a memory. */
export interface Candidate {
  /** Name of its category. */
  readonly category: string;
  readonly owner: Owner;
  /** By rules the sentence, verbatim; by a model its words. */
  readonly text: string;
  /** What it is about; the same key replaces in mergeable categories. */
  readonly key: string;
  /** Words of a file name. */
  readonly slug: string;
  /** Values for the fields of a custom category. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Evidence: ids of messages; none when a person said it outside of a session. */
  readonly messageIds: readonly string[];
  /** Who said it. */
  readonly author: string;
  /** ISO-8601: when it was said. */
  readonly at: string;
}

/** Messages read between two looks at the event loop. */
const SLICE = 20;

/** Stands for a text that must not be kept. */
export const WITHHELD = '[withheld: holds a secret]';

/** Plain statements of the user side of a conversation, and the ones that may not be kept, with the reason. */
export async function candidatesOf(
  messages: readonly Message[],
  principal: Principal,
  policy: MemoryPolicy,
): Promise<{ readonly candidates: Candidate[]; readonly rejected: MemoryOutcome[] }> {
  const candidates: Candidate[] = [];
  const rejected: MemoryOutcome[] = [];
  for (const [index, message] of messages.entries()) {
    if (index % SLICE === 0) await setImmediate();
    if (message.role !== 'user') continue;
    for (const statement of statementsIn(message)) {
      const reason = refusal(statement.text, statement.category, message, policy);
      if (reason !== undefined) {
        const text = reason === 'secret' ? WITHHELD : statement.text;
        const message_ids = [message.id];
        rejected.push({ outcome: 'rejected', memory_type: statement.category, text, message_ids, reason });
        continue;
      }
      candidates.push({
        category: statement.category,
        owner: ownerOf(message, principal),
        text: statement.text,
        key: keyOf(statement),
        slug: slugOf(statement),
        messageIds: [message.id],
        author: message.role_id ?? message.peer_id ?? userOfSpace(principal.user),
        at: message.created_at,
      });
    }
  }
  return { candidates, rejected };
}

function statementsIn(message: Message): ReturnType<typeof statementsOf> {
  const text = message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
  return quotableSentences(text).flatMap(statementsOf);
}

/** A peer's words are about the peer, never about the user: they are not kept as the user's own. */
export function ownerOf(message: Pick<Message, 'peer_id'>, principal: Principal): Owner {
  const { peer_id: peer } = message;
  return peer === undefined || !isIdentity(peer) ? { user: principal.user } : { user: principal.user, peer };
}

/** Why a candidate may not be kept; undefined when it may. */
export function refusal(
  text: string,
  category: string,
  message: Pick<Message, 'peer_id'>,
  policy: MemoryPolicy,
): string | undefined {
  if (holdsSecret(text)) return 'secret';
  if (message.peer_id !== undefined && !policy.peer.enabled) return 'peer_not_enabled';
  if (message.peer_id === undefined && !policy.self.enabled) return 'self_not_enabled';
  if (policy.memory_types !== null && !policy.memory_types.includes(category))
    return 'memory_type_not_enabled';
  return undefined;
}

/** Tells one statement of one message in one archive from every other, so that a job run twice adds it once. */
export function candidateId(candidate: Candidate, archive: string): string {
  return digest(
    `${archive}\0${candidate.messageIds.join(',')}\0${candidate.category}\0${normalText(candidate.text)}`,
  );
}
