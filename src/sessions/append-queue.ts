import type { AddMessagesResult } from '../api/results.ts';
import type { DurableWaiter } from '../base/durable-waiter.ts';
import { failpoint } from '../base/failpoint.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { userOfSpace } from '../tenancy/index.ts';
import { stampOf } from './live-file.ts';
import { cutLive, summarise } from './live-messages.ts';
import { DEFAULT_POLICY } from './memory-policy.ts';
import { assertCallSize, encodeMessage } from './message-lines.ts';
import type { OpenToAppend, SessionLanes } from './session-lanes.ts';
import type { SessionState } from './session-meta.ts';
import { MESSAGES, type SessionRef } from './session-ref.ts';
import { hasLargeOutput, keepLargeOutputs } from './tool-outputs.ts';
import type { SessionsOptions, StoredMessage } from './types.ts';

interface Waiting {
  readonly messages: readonly StoredMessage[];
  readonly createSession: boolean;
  readonly waiter: DurableWaiter | undefined;
  resolve(result: AddMessagesResult): void;
  reject(error: unknown): void;
}

interface Prepared {
  readonly waiting: Waiting;
  readonly messages: readonly StoredMessage[];
  readonly bytes: Buffer;
}

export interface AddOptions {
  readonly createSession: boolean;
  /** Told once all of the call's messages are durable, before it resolves. */
  readonly waiter?: DurableWaiter | undefined;
}

export interface AppendQueue {
  /** Durable when it resolves. Calls that arrive while a write is under way share the next write and its sync. */
  add(ref: SessionRef, messages: readonly StoredMessage[], how: AddOptions): Promise<AddMessagesResult>;
}

export function createAppendQueue(
  options: Pick<SessionsOptions, 'content' | 'onChanged'>,
  lanes: SessionLanes,
  /** Told in the lane, after every write. Must return at once. */
  onAppended: (state: SessionState) => void,
): AppendQueue {
  const { content, onChanged } = options;
  const queues = new Map<string, Waiting[]>();

  async function flush(ref: SessionRef): Promise<void> {
    const batch = queues.get(ref.path) ?? [];
    queues.delete(ref.path);
    try {
      const opened = (await lanes.openToAppend(ref)) ?? {
        state: await createFor(ref, batch),
        stamp: stampOf(content, `${ref.path}/${MESSAGES}`),
      };
      const prepared = await prepare(content, ref, batch);
      const waited = prepared.some(({ waiting }) => waiting.messages.some(hasLargeOutput));
      const stamp = waited ? stampOf(content, `${ref.path}/${MESSAGES}`) : opened.stamp;
      await write({ state: opened.state, stamp }, prepared);
    } catch (error) {
      lanes.forget(ref);
      for (const waiting of batch) waiting.reject(error);
    }
  }

  /** One call that may make the session makes it for all that wait. @throws NOT_FOUND when none may */
  async function createFor(ref: SessionRef, batch: readonly Waiting[]): Promise<SessionState> {
    if (batch.some((waiting) => waiting.createSession)) {
      return lanes.create(ref, {
        memory_policy: DEFAULT_POLICY,
        auto_commit_policy: null,
        memory_extraction_config: null,
      });
    }
    throw new VikingError('NOT_FOUND', `${ref.uri}: no such session`, { details: { session_id: ref.id } });
  }

  async function write({ state, stamp }: OpenToAppend, prepared: readonly Prepared[]): Promise<void> {
    const [first] = prepared;
    if (first === undefined) return;
    const { ref } = state;
    const sizeBytes = stamp?.size ?? 0;
    const isOne = prepared.length === 1;
    const bytes = isOne ? first.bytes : Buffer.concat(prepared.map((part) => part.bytes));
    if (sizeBytes + bytes.length > LIVE_MAX_BYTES) throw fullSession(state, sizeBytes);
    failpoint('append-1-before-write');
    try {
      await lanes.append(state, bytes, { stamp, waiter: isOne ? first.waiting.waiter : undefined });
    } catch (error) {
      // Callers are told the cause, not that cutting failed as well: lines left behind were never acknowledged.
      await cutLive(content, ref, sizeBytes).catch(() => undefined);
      throw error;
    }
    failpoint('append-2-after-write');
    // Nothing below waits for anything, so whatever they ask next is answered from what it does.
    for (const { waiting } of prepared) waiting.waiter?.told();
    let live = state.live;
    const answers = prepared.map(({ waiting, messages }) => {
      live = summarise(messages, live);
      return { waiting, live, added: messages.length };
    });
    const said = prepared.flatMap(({ messages }) => messages);
    const appended = { ...state, live, meta: withParticipants(state, said) };
    lanes.appended(appended);
    lanes.saveSoon(ref);
    onChanged(ref.messages, ref.principal);
    for (const answer of answers) {
      answer.waiting.resolve({
        session_id: ref.id,
        message_count: answer.live.count,
        pending_tokens: answer.live.tokens,
        added: answer.added,
      });
    }
    onAppended(appended);
  }

  return {
    add: (ref, messages, { createSession, waiter }) =>
      new Promise<AddMessagesResult>((resolve, reject) => {
        const queue = queues.get(ref.path);
        const waiting = { messages, createSession, waiter, resolve, reject };
        if (queue !== undefined) {
          queue.push(waiting);
          return;
        }
        queues.set(ref.path, [waiting]);
        void lanes.run(ref, () => flush(ref));
      }),
  };
}

/** A live session is read whole by a commit, so it stays within what a daemon reads with ease. */
const LIVE_MAX_BYTES = 256 * 1024 * 1024;

function fullSession({ ref }: SessionState, sizeBytes: number): VikingError {
  return new VikingError('TOO_LARGE', `${ref.uri}: ${sizeBytes} bytes of messages wait to be committed`, {
    hint: `Commit them: ov session commit ${ref.id}`,
    details: { limit: LIVE_MAX_BYTES },
  });
}

/** Who spoke is remembered; a list this long is a crowd. */
const PARTICIPANTS_MAX = 1_000;

function withParticipants({ meta, ref }: SessionState, said: readonly StoredMessage[]): SessionState['meta'] {
  const known = new Set(meta.participants);
  for (const { role, role_id, peer_id } of said) {
    if (role === 'user') known.add(role_id ?? peer_id ?? userOfSpace(ref.principal.user));
  }
  if (known.size === meta.participants.length || known.size > PARTICIPANTS_MAX) return meta;
  return { ...meta, participants: [...known] };
}

/** The lines of each call. A call that cannot be encoded is refused alone. */
async function prepare(
  content: ContentStore,
  ref: SessionRef,
  batch: readonly Waiting[],
): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  for (const waiting of batch) {
    try {
      const messages: StoredMessage[] = [];
      for (const message of waiting.messages) messages.push(await keepLargeOutputs(content, ref, message));
      const lines = messages.map(encodeMessage);
      const bytes = lines.length === 1 ? lines[0]! : Buffer.concat(lines);
      assertCallSize(bytes.length);
      prepared.push({ waiting, messages, bytes });
    } catch (error) {
      waiting.reject(error);
    }
  }
  return prepared;
}
