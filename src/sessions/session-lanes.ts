import { isoTime } from '../base/clock.ts';
import { KeyedLock } from '../base/lock.ts';
import type { ContentStore, Stamp } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { readArchives } from './archive-files.ts';
import { finishCut } from './commit-recovery.ts';
import { type AppendHow, createLiveFiles, stampAt } from './live-file.ts';
import { isSameStamp, type Mending, readLive, summarise } from './live-messages.ts';
import { newMeta, readMeta, type SessionMeta, type SessionState, writeMeta } from './session-meta.ts';
import { HISTORY, MESSAGES, META, type SessionRef, sessionsPath, stagingName } from './session-ref.ts';
import type { SessionsOptions } from './types.ts';

/** Sessions whose state is kept in memory; the files stay the truth, this only saves reading them. */
const CACHE_MAX_SESSIONS = 500;
/** How long `.meta.json` may lag behind appended messages. */
const META_LAG_MS = 500;

/**
 * A lane per session. Everything that changes a session runs in its lane, on the state its files tell. Work that
 * fails drops the cached state, so that the next piece of work reads, and mends, the files again.
 */
export interface SessionLanes {
  run<T>(ref: SessionRef, work: () => Promise<T>): Promise<T>;
  /** Only in the lane: the session's state, mended if need be; undefined when there is no such session. */
  open(ref: SessionRef): Promise<SessionState | undefined>;
  /** The same for an append, which the other files of a session do not matter to: `saveSoon` looks at them later. */
  openToAppend(ref: SessionRef): Promise<OpenToAppend | undefined>;
  /** The same as `open`. @throws NOT_FOUND */
  require(ref: SessionRef): Promise<SessionState>;
  /** Only in the lane: makes the session's directory at once or not at all. @throws ALREADY_EXISTS */
  create(
    ref: SessionRef,
    meta: Pick<SessionMeta, 'memory_policy' | 'auto_commit_policy' | 'memory_extraction_config'>,
  ): Promise<SessionState>;
  /** Only in the lane: the state after a change of the files. */
  replace(state: SessionState): void;
  /** Only in the lane, on an open state: bytes at the end of the live file. Durable when it resolves. */
  append(state: SessionState, bytes: Uint8Array, how: AppendHow): Promise<void>;
  /** Only in the lane: the state after an append, whose other files are as they were. */
  appended(state: SessionState): void;
  /** Only in the lane: writes `.meta.json` and keeps the state. Durable when it resolves. */
  save(state: SessionState): Promise<void>;
  /** Writes `.meta.json` a little later. */
  saveSoon(ref: SessionRef): void;
  forget(ref: SessionRef): void;
  mending(): Mending;
  close(): Promise<void>;
}

export interface OpenToAppend {
  readonly state: SessionState;
  /** Of the live file as it is now; undefined when there is none. */
  readonly stamp: Stamp | undefined;
}

interface Cached {
  readonly state: SessionState;
  readonly stamps: Stamps;
  /** Absolute path of the live file. */
  readonly livePath: string;
}

interface Stamps {
  readonly live: Stamp | undefined;
  readonly meta: Stamp | undefined;
  readonly history: Stamp | undefined;
}

export function createLanes(options: Pick<SessionsOptions, 'content' | 'clock' | 'log'>): SessionLanes {
  const { content, clock, log } = options;
  const lock = new KeyedLock();
  const files = createLiveFiles(content);
  const cache = new Map<string, Cached>();
  const late = new Map<string, { readonly ref: SessionRef; readonly timer: NodeJS.Timeout }>();

  const mending = (): Mending => ({ content, log, now: clock.now() });

  async function run<T>(ref: SessionRef, work: () => Promise<T>): Promise<T> {
    return lock.run(ref.path, async () => {
      try {
        return await work();
      } catch (error) {
        cache.delete(ref.path);
        throw error;
      }
    });
  }

  async function open(ref: SessionRef): Promise<SessionState | undefined> {
    const known = cache.get(ref.path);
    if (known !== undefined && isUnchanged(known.stamps, readStamps(content, ref))) return known.state;
    cache.delete(ref.path);
    if ((await content.stat(ref.path))?.kind !== 'directory') return undefined;
    const state = await load(ref);
    replace(state);
    return state;
  }

  async function openToAppend(ref: SessionRef): Promise<OpenToAppend | undefined> {
    const known = cache.get(ref.path);
    const stamp = known && stampAt(known.livePath);
    if (known !== undefined && stamp !== undefined && isSameStamp(known.stamps.live, stamp)) {
      return { state: known.state, stamp };
    }
    const state = await open(ref);
    return state && { state, stamp: cache.get(ref.path)?.stamps.live };
  }

  async function load(ref: SessionRef): Promise<SessionState> {
    const archives = await readArchives(content, ref);
    const meta = await readMeta(ref, archives, mending());
    const lines = await readLive(ref, mending());
    const finished = await finishCut({ ref, archives, meta, lines }, mending());
    const messages = finished.lines.map((line) => line.message);
    const state = { ref, archives, meta: finished.meta, live: summarise(messages) };
    if (finished.meta !== meta) await writeMeta(mending(), state);
    return state;
  }

  function replace(state: SessionState): void {
    if (cache.size >= CACHE_MAX_SESSIONS) for (const key of cache.keys()) cache.delete(key);
    const livePath = content.resolve(`${state.ref.path}/${MESSAGES}`);
    cache.set(state.ref.path, { state, stamps: readStamps(content, state.ref), livePath });
  }

  function appended(state: SessionState): void {
    const known = cache.get(state.ref.path);
    if (known === undefined) {
      replace(state);
      return;
    }
    const live = stampAt(known.livePath);
    cache.set(state.ref.path, { ...known, state, stamps: { ...known.stamps, live } });
  }

  async function save(state: SessionState): Promise<void> {
    unschedule(state.ref);
    const saved = { ...state, meta: { ...state.meta, updated_at: isoTime(clock.now()) } };
    await writeMeta(mending(), saved);
    replace(saved);
  }

  function saveSoon(ref: SessionRef): void {
    if (late.has(ref.path)) return;
    const timer = setTimeout(() => void saveLate(ref), META_LAG_MS);
    timer.unref();
    late.set(ref.path, { ref, timer });
  }

  /** Only for readers of the file: a failure loses nothing, since the counters are counted again on opening. */
  async function saveLate(ref: SessionRef): Promise<void> {
    if (!unschedule(ref)) return;
    try {
      await run(ref, async () => {
        const state = await open(ref);
        if (state !== undefined) await save(state);
      });
    } catch (error) {
      log.warn(
        { session: ref.uri.toString(), error: (error as Error).message },
        'session state not refreshed',
      );
    }
  }

  function unschedule(ref: SessionRef): boolean {
    const waiting = late.get(ref.path);
    if (waiting === undefined) return false;
    clearTimeout(waiting.timer);
    return late.delete(ref.path);
  }

  return {
    run,
    open,
    openToAppend,
    async require(ref) {
      const state = await open(ref);
      if (state !== undefined) return state;
      throw new VikingError('NOT_FOUND', `${ref.uri}: no such session`, { details: { session_id: ref.id } });
    },
    async create(ref, chosen) {
      if ((await content.stat(ref.path)) !== undefined) throw alreadyExists(ref);
      const staging = `${sessionsPath(ref.principal)}/${stagingName(ref.id)}`;
      await content.remove(staging, { recursive: true });
      await content.mkdir(staging);
      const state: SessionState = {
        ref,
        archives: [],
        meta: { ...newMeta(clock.now(), chosen.memory_policy), ...chosen },
        live: summarise([]),
      };
      await content.write(`${staging}/${MESSAGES}`, '');
      await writeMeta(mending(), { ...state, ref: { ...ref, path: staging } });
      await content.move(staging, ref.path);
      replace(state);
      return state;
    },
    replace,
    append: (state, bytes, how) => files.append(state.ref, bytes, how),
    appended,
    save,
    saveSoon,
    forget: (ref) => {
      unschedule(ref);
      cache.delete(ref.path);
      files.forget(ref);
    },
    mending,
    async close() {
      await Promise.all([...late.values()].map(({ ref }) => saveLate(ref)));
      await files.close();
    },
  };
}

function readStamps(content: ContentStore, ref: SessionRef): Stamps {
  const directory = content.resolve(ref.path);
  return {
    live: stampAt(`${directory}/${MESSAGES}`),
    meta: stampAt(`${directory}/${META}`),
    history: stampAt(`${directory}/${HISTORY}`),
  };
}

function isUnchanged(left: Stamps, right: Stamps): boolean {
  return (
    right.live !== undefined &&
    isSameStamp(left.live, right.live) &&
    isSameStamp(left.meta, right.meta) &&
    isSameStamp(left.history, right.history)
  );
}

function alreadyExists(ref: SessionRef): VikingError {
  return new VikingError('ALREADY_EXISTS', `${ref.uri}: this session exists`, {
    hint: 'Add messages to it, or choose another id.',
  });
}
