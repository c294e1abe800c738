import type { Logger } from '../../base/log.ts';
import { isVikingError, toVikingError } from '../../errors/index.ts';
import type { Chat } from '../../models/index.ts';
import type { LayerEngine, ModelWork } from '../contract.ts';
import { describe, summarise } from './describe.ts';
import { PROMPTS_VERSION } from './prompts.ts';

/** How long one question for work waits in the worker; new work is answered at once. */
const ASK_MS = 60_000;
/** Waits while the endpoint is not well: doubled each time, unless it says for how long. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A directory of which nothing usable was said is tried again after this, or when it changes. */
const REFUSED_MS = 3_600_000;
/** Answers in a row that could not be used for one directory before the next one has its turn. */
const UNUSABLE_MOST = 3;

export interface ModelWaveOptions {
  readonly chat: Chat;
  /** The layers, as seen from this thread. */
  readonly layers: {
    [K in 'modelWork' | 'summed' | 'described' | 'postpone']: (
      ...args: Parameters<LayerEngine[K]>
    ) => Promise<Awaited<ReturnType<LayerEngine[K]>>>;
  };
  /** Resolves when the layers can be asked again after they could not. */
  readonly running: () => Promise<void>;
  readonly log: Logger;
  /** No wait is longer. For tests. */
  readonly longestWaitMs?: number;
}

export interface ModelWave {
  /** Resolves when no directory is left to describe, or none can be at the moment. */
  settled(): Promise<void>;
  /** Why it does not go on, if it does not. */
  readonly blocked: string | undefined;
  stop(): Promise<void>;
}

/**
 * Describes directories by the model, one after the other, in the background and for ever: whatever the endpoint does, the
 * work stays where it is and is taken up when it answers again.
 */
export function startModelWave(options: ModelWaveOptions): ModelWave {
  const { chat, layers, log } = options;
  const longestWaitMs = options.longestWaitMs ?? Number.POSITIVE_INFINITY;
  const wait = (ms: number): Promise<void> => pause(Math.min(ms, longestWaitMs), signal);
  const by = `${chat.model}/${PROMPTS_VERSION}`;
  const stopping = new AbortController();
  const { signal } = stopping;
  const unusable = new Map<string, number>();
  let waitMs = FIRST_WAIT_MS;
  let blocked: string | undefined;
  let isIdle = false;
  let waiting: (() => void)[] = [];

  function settle(): void {
    for (const resolve of waiting.splice(0)) resolve();
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const work = await nextWork();
      if (work === undefined) continue;
      try {
        await workOn(work);
        unusable.delete(work.directory);
        waitMs = FIRST_WAIT_MS;
        blocked = undefined;
      } catch (error) {
        if (!signal.aborted) await failed(work, error);
      }
    }
    settle();
  }

  async function nextWork(): Promise<ModelWork | undefined> {
    try {
      const ready = await layers.modelWork(by, 0);
      if (ready !== undefined) return ready;
      isIdle = true;
      settle();
      return await layers.modelWork(by, ASK_MS);
    } catch (error) {
      if (signal.aborted) return undefined;
      const { code, message } = toVikingError(error);
      if (code !== 'UNAVAILABLE' && code !== 'CLOSING') log.warn({ error: message }, 'no work for the model');
      await options.running().catch(() => undefined);
      await wait(FIRST_WAIT_MS);
      return undefined;
    } finally {
      isIdle = false;
    }
  }

  async function workOn(work: ModelWork): Promise<void> {
    if (work.files.length > 0) {
      await layers.summed(by, await summarise(chat, work.files, { signal }));
      return;
    }
    const description = await describe(chat, work, { signal });
    if (description !== undefined)
      await layers.described(work.directory, by, { from: work.from, ...description });
    else await layers.postpone(work.directory, Math.min(REFUSED_MS, longestWaitMs));
  }

  async function failed({ directory }: ModelWork, error: unknown): Promise<void> {
    const failure = toVikingError(error);
    if (failure.code === 'UNAVAILABLE' || failure.code === 'CLOSING') return;
    const reason = isVikingError(error) ? error.details['reason'] : undefined;
    blocked = failure.message;
    // The endpoint is well but this answer never is: the others have their turn, and this one again later.
    if (reason === 'malformed' || reason === 'request' || failure.code === 'INTERNAL') {
      const times = (unusable.get(directory) ?? 0) + 1;
      unusable.set(directory, times);
      if (times >= UNUSABLE_MOST) {
        await layers.postpone(directory, Math.min(LONGEST_WAIT_MS, longestWaitMs)).catch(() => undefined);
      }
    }
    log.warn({ directory, error: failure.message }, 'the model could not describe a directory');
    const asked = failure.details['retry_after_ms'];
    settle();
    await wait(typeof asked === 'number' ? asked : waitMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }

  const running = run();
  return {
    async settled() {
      const settling = new Promise<void>((resolve) => waiting.push(resolve));
      if (blocked !== undefined || signal.aborted) return;
      // Idle means that it waits in the worker; what has come up there since is on its way.
      if (isIdle && (await layers.modelWork(by, 0).catch(() => undefined)) === undefined) return;
      await settling;
    },
    get blocked() {
      return blocked;
    },
    async stop() {
      stopping.abort();
      settle();
      waiting = [];
      await Promise.race([running, pause(1_000, new AbortController().signal)]);
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
