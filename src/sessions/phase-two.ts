import type { MemoryDiff } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import { failpoint } from '../base/failpoint.ts';
import type { VikingError } from '../errors/index.ts';
import type { Job, JobContext } from '../records/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import { ABSTRACT, OVERVIEW, VikingUri } from '../uri/index.ts';
import { type Archive, type DoneRecord, readArchive, readArchiveMessages } from './archive-files.ts';
import type { CommitPayload } from './commit.ts';
import { committedResult } from './commit-results.ts';
import type { SessionLanes } from './session-lanes.ts';
import {
  archiveNumber,
  DONE,
  FAILED,
  HISTORY,
  MEMORY_DIFF,
  type SessionRef,
  sessionRef,
} from './session-ref.ts';
import { extractForSpeakers } from './speakers.ts';
import type { ExtractResult, SessionsOptions, Summarise } from './types.ts';

type PhaseTwoOptions = Pick<
  SessionsOptions,
  'content' | 'clock' | 'log' | 'extract' | 'onChanged' | 'bumpActive'
> & {
  readonly summarise: Summarise;
};

/** What a job of a session or archive that was removed meanwhile ends with. */
const NOTHING_DONE = { extractor: 'none', memories_extracted: {}, active_count_updated: 0 };

/** What the task of a commit answers; without the first two when what it worked on is gone. */
type CommitTask = DoneRecord & { readonly session_id?: string; readonly archive_uri?: string };

/**
 * Phase 2 of a commit: summary, memories, `memory_diff.json`, use counts, `.done`. Every step writes files whole, or is
 * idempotent in the package that does it, so the job may be cut anywhere and run again. A failure leaves `.failed.json`.
 */
export async function commitPhaseTwo(
  options: PhaseTwoOptions,
  lanes: SessionLanes,
  job: Job,
  context: JobContext,
): Promise<CommitTask> {
  const payload = job.payload as CommitPayload;
  const principal: Principal = {
    account: payload.account,
    user: payload.user,
    role: 'user',
    ...(payload.shared === true ? { sharedSessions: true as const } : {}),
  };
  const ref = sessionRef(principal, payload.session_id);
  const number = archiveNumber(payload.archive_id) ?? 0;
  // Phase 1 holds the lane until the live file is cut: no archive is finished whose messages are still live.
  await lanes.run(ref, async () => undefined);
  const archive = await readArchive(options.content, ref, payload.archive_id, number);
  if (archive === undefined) return { finished_at: isoTime(options.clock.now()), ...NOTHING_DONE };
  let stage = 'summary';
  const enter = async (name: string): Promise<void> => {
    stage = name;
    await context.stage(name);
  };
  try {
    const done = archive.done ?? (await runSteps(options, ref, archive, { enter, signal: context.signal }));
    await lanes.run(ref, () => settleState(options, lanes, ref, archive));
    return { session_id: ref.id, archive_uri: ref.uri.join(HISTORY, archive.id).toString(), ...done };
  } catch (error) {
    if (context.signal.aborted) throw error; // the daemon stops: the job is pending again, nothing failed
    if (await isGone(options, archive)) return { finished_at: isoTime(options.clock.now()), ...NOTHING_DONE };
    await recordFailure(options, ref, archive, stage, error as Error);
    await lanes.run(ref, () => settleState(options, lanes, ref, archive)).catch(() => lanes.forget(ref));
    throw error;
  }
}

async function runSteps(
  options: PhaseTwoOptions,
  ref: SessionRef,
  archive: Archive,
  { enter, signal }: { readonly enter: (stage: string) => Promise<void>; readonly signal: AbortSignal },
): Promise<DoneRecord> {
  const { content, clock } = options;
  if (archive.failed !== undefined) await content.remove(`${archive.path}/${FAILED}`);
  const archiveUri = ref.uri.join(HISTORY, archive.id);
  const messages = await readArchiveMessages(content, archive.path);

  await enter('summary');
  const summary = await options.summarise(messages, signal);
  await content.write(`${archive.path}/${OVERVIEW}`, summary.overview);
  failpoint('phase2-1-overview');
  await content.write(`${archive.path}/${ABSTRACT}`, `${summary.abstract}\n`);
  failpoint('phase2-2-abstract');

  await enter('memories');
  const policy = archive.record.memory_policy;
  const extracted = await extractForSpeakers(options.extract, {
    principal: ref.principal,
    session: ref.id,
    archiveUri,
    messages,
    policy,
    ...(archive.record.event_tags === undefined ? {} : { eventTags: archive.record.event_tags }),
    signal,
  });
  failpoint('phase2-3-memories');
  const diff = memoryDiff(archiveUri, extracted, clock.now());
  await content.write(`${archive.path}/${MEMORY_DIFF}`, `${JSON.stringify(diff, null, 2)}\n`);
  failpoint('phase2-4-diff');

  await enter('usage');
  const active = await settleUsage(options, ref, archive);
  failpoint('phase2-5-usage');

  await enter('done');
  const done: DoneRecord = {
    finished_at: isoTime(clock.now()),
    extractor: extracted.extractor,
    memories_extracted: countByType(extracted),
    active_count_updated: active,
  };
  await content.write(`${archive.path}/${DONE}`, `${JSON.stringify(done, null, 2)}\n`);
  failpoint('phase2-6-done');
  await extracted.finish?.();
  options.onChanged(archiveUri, ref.principal);
  return done;
}

async function settleUsage(options: PhaseTwoOptions, ref: SessionRef, archive: Archive): Promise<number> {
  const { used, first_message_id } = archive.record;
  if (used.length === 0) return 0;
  const uris = used.map((uri) => VikingUri.fromCanonical(uri));
  return options.bumpActive(ref.principal, uris, `${archive.path}#${first_message_id}`);
}

function memoryDiff(archiveUri: VikingUri, extracted: ExtractResult, now: number): MemoryDiff {
  const { adds, updates, deletes } = extracted.operations;
  return {
    archive_uri: archiveUri.toString(),
    extracted_at: isoTime(now),
    extractor: extracted.extractor,
    operations: { adds, updates, deletes },
    summary: { total_adds: adds.length, total_updates: updates.length, total_deletes: deletes.length },
    outcomes: extracted.outcomes,
  };
}

function countByType(extracted: ExtractResult): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, memory_type } of extracted.outcomes) {
    if (memory_type === null || (outcome !== 'stored' && outcome !== 'merged')) continue;
    counts[memory_type] = (counts[memory_type] ?? 0) + 1;
  }
  return counts;
}

/** The session's own file follows: what became of the archive, totals, and the last commit if it is this one. */
async function settleState(
  options: PhaseTwoOptions,
  lanes: SessionLanes,
  ref: SessionRef,
  { id, number }: Archive,
): Promise<void> {
  const state = await lanes.open(ref);
  const settled = await readArchive(options.content, ref, id, number);
  if (state === undefined || settled === undefined) return;
  const archives = state.archives.map((known) => (known.id === id ? settled : known));
  const last = state.meta.last_commit;
  const isLast = last !== null && last.archive_uri === ref.uri.join(HISTORY, id).toString();
  const last_commit = isLast && settled.done !== undefined ? committedResult(last, settled.done) : last;
  await lanes.save({ ...state, archives, meta: { ...state.meta, last_commit } });
}

/** The session was removed while its job ran. */
async function isGone(options: PhaseTwoOptions, archive: Archive): Promise<boolean> {
  return (await options.content.stat(archive.path)) === undefined;
}

async function recordFailure(
  options: PhaseTwoOptions,
  ref: SessionRef,
  archive: Archive,
  stage: string,
  error: Error,
): Promise<void> {
  const failed = { stage, error: error.message.slice(0, 500), failed_at: isoTime(options.clock.now()) };
  const where = { session: ref.uri.toString(), archive: archive.id, stage };
  options.log.error({ ...where, error: failed.error }, 'phase 2 of a commit failed');
  try {
    await options.content.write(`${archive.path}/${FAILED}`, `${JSON.stringify(failed, null, 2)}\n`);
  } catch (cause) {
    // A full disk: the job's own record still says why, and the archive stays to be retried.
    options.log.error({ ...where, error: (cause as VikingError).message }, 'the failure could not be marked');
  }
}
