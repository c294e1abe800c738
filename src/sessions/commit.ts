import { createHash } from 'node:crypto';
import type { CommitResult } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import { failpoint } from '../base/failpoint.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { JobJournal } from '../records/contract.ts';
import type { Archive, ArchiveRecord } from './archive-files.ts';
import { acceptedResult, keptWithin, skippedResult } from './commit-results.ts';
import { type LiveLine, readLive, summarise, writeLive } from './live-messages.ts';
import { keptCount, type Retention } from './retention.ts';
import type { SessionLanes } from './session-lanes.ts';
import type { SessionState } from './session-meta.ts';
import {
  archiveName,
  archiveNumber,
  FAILED,
  HISTORY,
  MESSAGES,
  META,
  type SessionRef,
  stagingName,
} from './session-ref.ts';
import type { SessionsOptions } from './types.ts';

export const COMMIT_JOB = 'session_commit';

/** What a commit job carries. `resource_id` is what tasks show. */
export interface CommitPayload {
  readonly account: string;
  readonly user: string;
  readonly session_id: string;
  readonly archive_id: string;
  readonly resource_id: string;
  /** The session is the account's. */
  readonly shared?: true;
}

export interface CommitChoice {
  readonly retention: Retention;
  /** For the event memories of this commit, besides the session's own. */
  readonly eventTags?: readonly string[];
}

/**
 * Phase 1, only in the session's lane. Messages older than those that `retention` keeps become an archive:
 *
 * 1. archive written whole under a staging name, then renamed: the commit holds from this instruction on;
 * 2. together: live file replaced by its tail, session state written, job enqueued.
 *
 * A crash after 1 is mended by `finishCut` on the next opening, and by `recover`.
 */
export async function commitPhaseOne(
  options: Pick<SessionsOptions, 'content' | 'journal' | 'onChanged'>,
  lanes: SessionLanes,
  ref: SessionRef,
  { retention, eventTags = [] }: CommitChoice,
): Promise<CommitResult> {
  const { content, journal, onChanged } = options;
  const state = await lanes.require(ref);
  await enqueueUnfinished(journal, state);
  const lines = await readLive(ref, lanes.mending());
  const keepRecent = keptCount(
    lines.map((line) => line.message),
    retention,
  );
  const budget = 'turnBudget' in retention ? retention.turnBudget.tokens : undefined;
  if (lines.length <= keepRecent) {
    const reason = lines.length === 0 ? 'no_messages' : 'all_within_keep_window';
    const skipped = skippedResult(ref, reason, keptWithin(state.live.tokens, budget));
    await lanes.save({ ...state, meta: { ...state.meta, last_commit: skipped } });
    return skipped;
  }
  const archived = lines.slice(0, lines.length - keepRecent);
  const tail = lines.slice(archived.length);
  const number = Math.max(state.meta.last_archive, state.archives.at(-1)?.number ?? 0) + 1;
  const record = recordOf({ ...state, ref }, archived, {
    number,
    keepRecent,
    budget,
    eventTags,
    now: lanes.mending().now,
  });
  const archive = await writeArchive(content, ref, record, archived);
  const live = summarise(tail.map((line) => line.message));
  const accepted = acceptedResult(ref, record, keptWithin(live.tokens, budget));
  const committed: SessionState = {
    ref,
    archives: [...state.archives, archive],
    live,
    meta: {
      ...state.meta,
      updated_at: record.created_at,
      last_archive: number,
      last_commit: accepted,
      used_pending: [],
    },
  };
  // In any order: each is mended from the archive alone, and together they cost one wait for the disk.
  await allSettled([
    writeLive(content, ref, tail).then(() => failpoint('commit-4-live-cut')),
    lanes.save(committed).then(() => failpoint('commit-5-state-written')),
    enqueueUnfinished(journal, committed).then(() => failpoint('commit-6-enqueued')),
  ]);
  lanes.replace(committed);
  onChanged(ref.uri.join(HISTORY, record.archive_id), ref.principal);
  onChanged(ref.messages, ref.principal);
  return accepted;
}

interface ArchivePlan {
  readonly number: number;
  readonly keepRecent: number;
  readonly budget: number | undefined;
  readonly eventTags: readonly string[];
  readonly now: number;
}

function recordOf(state: SessionState, archived: readonly LiveLine[], plan: ArchivePlan): ArchiveRecord {
  const messages = archived.map((line) => line.message);
  const archive_id = archiveName(plan.number);
  const configured = state.meta.memory_extraction_config?.events.tags ?? [];
  const event_tags = [...new Set([...configured, ...plan.eventTags])];
  const first_message_id = messages[0]?.id ?? '';
  return {
    archive_id,
    created_at: isoTime(plan.now),
    message_count: messages.length,
    first_message_id,
    last_message_id: messages.at(-1)?.id ?? '',
    last_message_at: messages.at(-1)?.created_at ?? null,
    tokens: summarise(messages).tokens,
    keep_recent: plan.keepRecent,
    ...(plan.budget === undefined ? {} : { retained_message_token_budget: plan.budget }),
    task_id: taskId(state.ref, archive_id, first_message_id),
    memory_policy: {
      ...state.meta.memory_policy,
      memory_types:
        state.meta.memory_policy.memory_types === null ? null : [...state.meta.memory_policy.memory_types],
    },
    ...(event_tags.length === 0 ? {} : { event_tags }),
    used: [...state.meta.used_pending],
    ...(state.ref.principal.sharedSessions === true ? { committed_by: state.ref.principal.user } : {}),
  };
}

/** The first message tells a session from an earlier one of the same name. */
function taskId(ref: SessionRef, archiveId: string, firstMessageId: string): string {
  const digest = createHash('sha256').update(`${ref.path}\0${archiveId}\0${firstMessageId}`).digest('hex');
  return `commit_${digest.slice(0, 24)}`;
}

async function writeArchive(
  content: ContentStore,
  ref: SessionRef,
  record: ArchiveRecord,
  archived: readonly LiveLine[],
): Promise<Archive> {
  const history = `${ref.path}/${HISTORY}`;
  const staging = `${history}/${stagingName(record.archive_id)}`;
  await content.remove(staging, { recursive: true });
  await content.mkdir(staging);
  await allSettled([
    content
      .write(`${staging}/${MESSAGES}`, Buffer.concat(archived.map((line) => line.bytes)))
      .then(() => failpoint('commit-1-messages-staged')),
    content.write(`${staging}/${META}`, `${JSON.stringify(record, null, 2)}\n`),
  ]);
  failpoint('commit-2-record-staged');
  const path = `${history}/${record.archive_id}`;
  await content.move(staging, path);
  failpoint('commit-3-archived');
  return { id: record.archive_id, number: archiveNumber(record.archive_id) ?? 0, path, record };
}

/** Waits for all of them before it throws the first failure: nothing goes on behind the lane's back. */
async function allSettled(works: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

/** Phase 2 of every archive that has neither ended nor failed. Returns how many jobs are to run. */
export async function enqueueUnfinished(journal: JobJournal, state: SessionState): Promise<number> {
  let enqueued = 0;
  for (const archive of state.archives) {
    if (archive.done !== undefined || archive.failed !== undefined) continue;
    await enqueueArchive(journal, state.ref, archive);
    enqueued += 1;
  }
  return enqueued;
}

/** Phase 2 of a failed archive again, as a new job. Only in the lane. @throws NOT_FOUND, FAILED_PRECONDITION */
export async function retryArchive(
  { content, journal }: Pick<SessionsOptions, 'content' | 'journal'>,
  lanes: SessionLanes,
  state: SessionState,
  archiveId: string,
): Promise<{ readonly accepted: CommitResult; readonly task: string }> {
  const archive = state.archives.find((one) => one.id === archiveId);
  const uri = state.ref.uri.join(HISTORY, archiveId);
  if (archive === undefined) throw new VikingError('NOT_FOUND', `${uri}: no such archive`);
  if (archive.failed === undefined) {
    const how = archive.done === undefined ? 'is still being worked on' : 'is finished';
    throw new VikingError('FAILED_PRECONDITION', `${uri} ${how}, only a failed one can be retried`);
  }
  await content.remove(`${archive.path}/${FAILED}`);
  const { failed: _gone, ...pending } = archive;
  const archives = state.archives.map((one) => (one.id === archiveId ? pending : one));
  lanes.replace({ ...state, archives });
  const task = await enqueueArchive(journal, state.ref, pending);
  return {
    accepted: {
      ...acceptedResult(
        state.ref,
        archive.record,
        keptWithin(state.live.tokens, archive.record.retained_message_token_budget),
      ),
      task_id: task,
    },
    task,
  };
}

/** The id makes it one job however often this is asked. A job that ended without its marker (records newer than content) runs anew. */
async function enqueueArchive(journal: JobJournal, ref: SessionRef, archive: Archive): Promise<string> {
  const { account, user } = ref.principal;
  const { record } = archive;
  const known = record.task_id === '' ? taskId(ref, archive.id, record.first_message_id) : record.task_id;
  const payload: CommitPayload = {
    account,
    user: record.committed_by ?? user,
    session_id: ref.id,
    archive_id: archive.id,
    resource_id: ref.id,
    ...(ref.principal.sharedSessions === true ? { shared: true as const } : {}),
  };
  const owner = ref.principal.sharedSessions === true ? '' : user;
  for (let attempt = 1; ; attempt += 1) {
    const id = attempt === 1 ? known : `${known}_${attempt}`;
    const job = await journal.enqueue({
      id,
      kind: COMMIT_JOB,
      lane: `session:${account}/${owner}/${ref.id}`,
      payload,
    });
    if (job.state === 'pending' || job.state === 'running') return id;
  }
}
