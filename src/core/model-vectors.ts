import type { Logger } from '../base/log.ts';
import type { RemoteEmbedder } from '../models/index.ts';
import type { TextWorker } from './worker/start.ts';

/** Texts between two writes to the index; the endpoint splits them into requests as it likes. */
const BATCH = 128;
/** How soon new passages are noticed. */
const IDLE_MS = 1_000;
/** Waits after a failure: doubled each time. Who looks after the endpoint's health is the model's gateway. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Stands for an unknown model once, to learn what its vectors are like. */
const SAMPLE = 'vikingfs';

export interface ModelVectorsOptions {
  readonly remote: RemoteEmbedder;
  readonly worker: Pick<TextWorker, 'calls' | 'running'>;
  readonly log: Logger;
  /** Default a minute. */
  readonly longestWaitMs?: number | undefined;
}

/**
 * Makes the vectors the index lacks, batch by batch, on the thread that may speak to the network. Nothing waits for it:
 * words answer meanwhile. After a failure it tries again at ever longer intervals, for ever.
 */
export function startModelVectors(options: ModelVectorsOptions): { stop(): Promise<void> } {
  const { remote, worker, log } = options;
  const longest = options.longestWaitMs ?? LONGEST_WAIT_MS;
  const stopping = new AbortController();
  const call = { priority: 'background', cause: 'index' } as const;
  let announced: string | undefined;

  /** Resolves whether there may be more to do at once. */
  async function round(): Promise<boolean> {
    await worker.running();
    if (remote.stamp === undefined) await remote.embed([SAMPLE], call, { signal: stopping.signal });
    const stamp = remote.stamp;
    if (stamp === undefined) return false;
    // Said every time: an index that was built anew, or a new worker, has forgotten it.
    await worker.calls.expectVectors(stamp, Number(stamp.slice(stamp.lastIndexOf('/') + 1)));
    if (announced !== stamp) log.info({ stamp }, 'vectors of this model are made for the index');
    announced = stamp;
    const missing = await worker.calls.missingVectors(BATCH);
    if (missing.length === 0) return false;
    const made = await remote.embed(
      missing.map(({ text }) => text),
      call,
      { signal: stopping.signal },
    );
    if (made.stamp === stamp) {
      const vectors = missing.map(({ id }, at) => ({ id, values: made.vectors[at]! }));
      await worker.calls.putVectors(stamp, vectors);
    }
    return true;
  }

  async function run(): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (!stopping.signal.aborted) {
      try {
        const more = await round();
        waitMs = FIRST_WAIT_MS;
        if (!more) await pause(IDLE_MS, stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.warn({ error: String(error), waitMs }, 'vectors for the index could not be made');
        await pause(Math.min(waitMs, longest), stopping.signal);
        waitMs = Math.min(waitMs * 2, longest);
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}
