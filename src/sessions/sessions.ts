import type { CommitResult, SessionListEntry } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import { newSessionId } from '../base/ids.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { ABSTRACT, OVERVIEW } from '../uri/index.ts';
import { createAppendQueue } from './append-queue.ts';
import { readArchiveMessages, readText } from './archive-files.ts';
import { isCommitDue, parseAutoCommit } from './auto-commit.ts';
import { COMMIT_JOB, commitPhaseOne, retryArchive } from './commit.ts';
import { committedResult, failedResult, settledResult } from './commit-results.ts';
import { assembleContext } from './context.ts';
import { extractLive } from './extract-live.ts';
import { readLive } from './live-messages.ts';
import { parsePolicy } from './memory-policy.ts';
import type { MessageContext } from './message.ts';
import { parseLines, parseMessages } from './message-lines.ts';
import { commitPhaseTwo } from './phase-two.ts';
import { noteRecalled, readRecalled } from './recall-log.ts';
import { recoverSessions, selfCommitting, sessionIds } from './recover.ts';
import { DEFAULT_TURN_BUDGET, type Retention } from './retention.ts';
import { createLanes } from './session-lanes.ts';
import { type SessionState, sessionResult } from './session-meta.ts';
import { HISTORY, MESSAGES, type SessionRef, sessionRef } from './session-ref.ts';
import { summariseEmbedded } from './summary.ts';
import { listToolResults, readToolResult } from './tool-results.ts';
import type { CommitOptions, Sessions, SessionsOptions } from './types.ts';
import { usedUris } from './used.ts';

const COMMIT_WAIT_MS = 2_000;
const COMMIT_WAIT_MAX_MS = 600_000;
const KEEP_RECENT_MAX = 10_000;

/**
 * Sessions over plain files. Registers the handler of `session_commit` jobs with the journal. Call `recover()` once
 * before the journal starts, and `close()` before the content store goes.
 */
export function createSessions(options: SessionsOptions): Sessions {
  const { content, journal, clock } = options;
  const lanes = createLanes(options);
  const appends = createAppendQueue(options, lanes, onAppended);
  const summarise = options.summarise ?? summariseEmbedded;
  const memoryTypes = options.memoryTypes;
  journal.handle(COMMIT_JOB, (job, context) =>
    commitPhaseTwo({ ...options, summarise }, lanes, job, context),
  );

  const messageContext = (principal: Principal): MessageContext => ({ principal, now: clock.now() });

  function withState<T>(
    principal: Principal,
    id: string,
    work: (state: SessionState) => Promise<T> | T,
  ): Promise<T> {
    const ref = sessionRef(principal, id);
    // Of a shared session, the state is that of whoever came first; who asks is who asks.
    return lanes.run(ref, async () => work({ ...(await lanes.require(ref)), ref }));
  }

  /** Sessions with a policy of automatic commits. */
  const watched = new Map<string, SessionRef>();
  /** Those from before the start are looked for when commits first fall due: a start reads no session for it. */
  let foundWatched: Promise<void> | undefined;

  async function findWatched(): Promise<void> {
    try {
      for await (const ref of selfCommitting(content)) watched.set(ref.path, ref);
    } catch (error) {
      foundWatched = undefined;
      options.log.warn(
        { error: (error as Error).message },
        'sessions that commit by themselves not all found',
      );
    }
  }

  function onAppended(state: SessionState): void {
    if (state.meta.auto_commit_policy === null) return;
    watched.set(state.ref.path, state.ref);
    if (isCommitDue(state, clock.now())) void commitIfDue(state.ref);
  }

  async function commitIfDue(ref: SessionRef): Promise<void> {
    try {
      await lanes.run(ref, async () => {
        const state = await lanes.open(ref);
        if (state === undefined || state.meta.auto_commit_policy === null) watched.delete(ref.path);
        else if (isCommitDue(state, clock.now())) {
          const keepRecent = state.meta.auto_commit_policy.keep_recent_count;
          await commitPhaseOne(options, lanes, ref, { retention: { keepRecent } });
        }
      });
    } catch (error) {
      options.log.warn(
        { session: ref.uri.toString(), error: (error as Error).message },
        'automatic commit not done',
      );
    }
  }

  return {
    async create(
      principal,
      { sessionId, memoryPolicy, autoCommitPolicy, memoryExtractionConfig = null } = {},
    ) {
      const chosen = {
        memory_policy: parsePolicy(memoryPolicy, memoryTypes),
        auto_commit_policy: parseAutoCommit(autoCommitPolicy),
        memory_extraction_config: memoryExtractionConfig,
      };
      const ref = sessionRef(principal, sessionId ?? newSessionId(new Date(clock.now())));
      const state = await lanes.run(ref, () => lanes.create(ref, chosen));
      if (chosen.auto_commit_policy !== null) watched.set(ref.path, ref);
      options.onChanged(ref.uri, principal);
      return sessionResult(state);
    },

    async list(principal) {
      const ids = await sessionIds(content, principal);
      const entries = await Promise.all(
        ids.map(async (id): Promise<SessionListEntry> => {
          const ref = sessionRef(principal, id);
          const seen = await Promise.all([content.stat(ref.path), content.stat(`${ref.path}/${MESSAGES}`)]);
          const mtimeMs = Math.max(...seen.map((entry) => entry?.mtimeMs ?? 0));
          return { session_id: id, uri: ref.uri.toString(), is_dir: true, mod_time: isoTime(mtimeMs) };
        }),
      );
      return entries.sort(
        (left, right) => compare(right.mod_time, left.mod_time) || compare(right.session_id, left.session_id),
      );
    },

    get: (principal, id) => withState(principal, id, sessionResult),

    remove: (principal, id) =>
      withState(principal, id, async ({ ref }) => {
        lanes.forget(ref);
        await content.remove(ref.path, { recursive: true });
        options.onChanged(ref.uri, principal);
      }),

    async addMessages(principal, id, raw) {
      const ref = sessionRef(principal, id);
      return appends.add(ref, parseMessages(raw, messageContext(principal)), { createSession: true });
    },

    async appendLines(principal, id, bytes, waiter) {
      const ref = sessionRef(principal, id);
      await appends.add(ref, parseLines(bytes, messageContext(principal)), { createSession: false, waiter });
    },

    async used(principal, id, contexts, skill) {
      const uris = usedUris(principal, contexts, skill);
      return withState(principal, id, async (state) => {
        const used_pending = [...new Set([...state.meta.used_pending, ...uris.contexts, ...uris.skills])];
        await lanes.save({ ...state, meta: { ...state.meta, used_pending } });
        return { session_id: id, contexts_used: uris.contexts.length, skills_used: uris.skills.length };
      });
    },

    async commit(principal, id, commitOptions = {}) {
      const { retention, waitMs } = checkedCommit(commitOptions);
      const choice = { retention, eventTags: commitOptions.eventTags ?? [] };
      const ref = sessionRef(principal, id);
      const accepted = await lanes.run(ref, () => commitPhaseOne(options, lanes, ref, choice));
      if (accepted.task_id === null || waitMs === 0) return accepted;
      return settledResult(accepted, await journal.settled(accepted.task_id, waitMs));
    },

    configure: (principal, id, { autoCommitPolicy, memoryExtractionConfig }) =>
      withState(principal, id, async (state) => {
        const { meta } = state;
        const auto_commit_policy =
          autoCommitPolicy === undefined ? meta.auto_commit_policy : parseAutoCommit(autoCommitPolicy);
        const memory_extraction_config =
          memoryExtractionConfig === undefined ? meta.memory_extraction_config : memoryExtractionConfig;
        const changed = { ...state, meta: { ...meta, auto_commit_policy, memory_extraction_config } };
        await lanes.save(changed);
        if (auto_commit_policy !== null) watched.set(state.ref.path, state.ref);
        return sessionResult(changed);
      }),

    async retry(principal, id, archiveId, waitMs = COMMIT_WAIT_MS) {
      assertWhole('wait', waitMs, COMMIT_WAIT_MAX_MS);
      const { accepted, task } = await withState(principal, id, (state) =>
        retryArchive({ content, journal }, lanes, state, archiveId),
      );
      return settledResult(accepted, await journal.settled(task, waitMs));
    },

    async commitDue() {
      foundWatched ??= findWatched();
      await foundWatched;
      for (const ref of [...watched.values()]) await commitIfDue(ref);
    },

    lastCommit: (principal, id) =>
      withState(principal, id, (state) => upToDate(state, state.meta.last_commit ?? undefined)),

    async context(principal, id, tokenBudget) {
      if (!Number.isInteger(tokenBudget) || tokenBudget < 0) {
        throw new VikingError(
          'INVALID_ARGUMENT',
          `token_budget ${tokenBudget} is not a whole number of at least 0`,
        );
      }
      return withState(principal, id, async (state) => {
        const live = await readLive(state.ref, lanes.mending());
        const messages = live.map((line) => line.message);
        return assembleContext(content, state, messages, tokenBudget);
      });
    },

    recalled: (principal, id, turns) =>
      withState(principal, id, ({ ref }) => readRecalled(content, ref, turns)),

    noteRecalled(principal, id, uris) {
      withState(principal, id, ({ ref }) => noteRecalled(content, ref, uris)).catch((error: Error) => {
        options.log.warn(
          { session: id, error: error.message },
          'what was handed out as context is not noted',
        );
      });
    },

    async extractLive(principal, id) {
      // Read in its lane, and extracted beside it: a model that takes its time keeps no message waiting.
      const spoken = await withState(principal, id, async ({ ref, meta }) => ({
        ref,
        policy: meta.memory_policy,
        messages: (await readLive(ref, lanes.mending())).map((line) => line.message),
      }));
      return extractLive(options.extract, spoken.ref, spoken);
    },

    // Looked up in the lane, read beside it: an output is written once and never changed.
    toolResults: async (principal, id, asked) =>
      listToolResults(content, await withState(principal, id, ({ ref }) => ref), asked),
    toolResult: async (principal, id, result) =>
      readToolResult(content, await withState(principal, id, ({ ref }) => ref), result),

    archive: (principal, id, archiveId) =>
      withState(principal, id, async (state) => {
        const archive = state.archives.find((one) => one.id === archiveId);
        if (archive?.done === undefined) {
          const what = archive === undefined ? 'no such archive' : 'this archive is not finished';
          throw new VikingError('NOT_FOUND', `${state.ref.uri}/${HISTORY}/${archiveId}: ${what}`);
        }
        const [abstract, overview, messages] = await Promise.all([
          readText(content, `${archive.path}/${ABSTRACT}`),
          readText(content, `${archive.path}/${OVERVIEW}`),
          readArchiveMessages(content, archive.path),
        ]);
        return {
          archive_id: archiveId,
          abstract: (abstract ?? '').trim(),
          overview: overview ?? '',
          messages,
        };
      }),

    recover: () => recoverSessions(options, lanes),
    close: () => lanes.close(),
  };
}

/** An accepted commit whose phase 2 has ended meanwhile says so. */
function upToDate(state: SessionState, last: CommitResult | undefined): CommitResult | undefined {
  if (last?.status !== 'accepted' || last.archive_uri === null) return last;
  const name = last.archive_uri.slice(last.archive_uri.lastIndexOf('/') + 1);
  const archive = state.archives.find((one) => one.id === name);
  if (archive?.done !== undefined) return committedResult(last, archive.done);
  return archive?.failed === undefined
    ? last
    : failedResult(last, `${archive.failed.stage}: ${archive.failed.error}`);
}

function checkedCommit(options: CommitOptions): { readonly retention: Retention; readonly waitMs: number } {
  const { keepRecent = 0, turnBudget, waitMs = COMMIT_WAIT_MS } = options;
  assertWhole('keep_recent_count', keepRecent, KEEP_RECENT_MAX);
  assertWhole('wait', waitMs, COMMIT_WAIT_MAX_MS);
  if (turnBudget === undefined) return { retention: { keepRecent }, waitMs };
  if (keepRecent > 0) {
    throw new VikingError('INVALID_ARGUMENT', 'keep_recent_count: not together with retention_mode', {
      hint: 'Say how much stays either by messages or by turns.',
    });
  }
  return { retention: { turnBudget: { ...DEFAULT_TURN_BUDGET, ...turnBudget } }, waitMs };
}

function assertWhole(what: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new VikingError('INVALID_ARGUMENT', `${what} ${value} is not a whole number from 0 to ${max}`);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
