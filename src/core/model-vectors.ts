import type { Logger } from '../base/log.ts';
import type { Remote } from '../base/worker-call.ts';
import { toVikingError } from '../errors/index.ts';
import type { MissingVector, PassageVector } from '../index/contract.ts';
import type { Models, RemoteEmbedder } from '../models/index.ts';
import type { TextWorkerFunctions } from './worker/contract.ts';

/** Passages of one round: a few requests, little to lose. */
const ROUND = 128;
/** Index work is given this long to end before what is missing so far is asked for. */
const INDEX_MS = 2_000;
/** Without news the index is asked again after this: it may have been built anew. */
const IDLE_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Two, so that an answer has to agree with itself. */
const PROBE = ['dimensions', 'of a vector'];
const CALL = { priority: 'background', cause: 'index' } as const;

export interface VectorWaveOptions {
  readonly models: Models;
  readonly worker: Remote<
    Pick<TextWorkerFunctions, 'expectVectors' | 'missingVectors' | 'putVectors' | 'flushIndex'>
  >;
  readonly log: Logger;
  /** No wait is longer. For tests. */
  readonly longestWaitMs: number | undefined;
}

export interface VectorWave {
  /** The index may have changed. */
  wake(): void;
  /** Resolves when no passage lacks a vector, or none can be made at the moment. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Gives passages the vectors of the configured model, in the background and for ever. A model is announced to the index
 * only once it has answered: an endpoint that is away changes nothing. None without an embedding endpoint.
 */
export function startVectorWave(options: VectorWaveOptions): VectorWave | undefined {
  const { remote } = options.models;
  return remote === undefined ? undefined : new Wave(remote, options);
}

class Wave implements VectorWave {
  readonly #remote: RemoteEmbedder;
  readonly #options: VectorWaveOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #settled: (() => void)[] = [];
  #isWoken = true;
  #isResting = false;
  #isBlocked = false;
  #wakeUp: () => void = () => undefined;

  constructor(remote: RemoteEmbedder, options: VectorWaveOptions) {
    this.#remote = remote;
    this.#options = options;
    this.#running = this.#run();
  }

  wake(): void {
    this.#isWoken = true;
    if (this.#isResting) this.#wakeUp();
  }

  settled(): Promise<void> {
    if (this.#stopping.signal.aborted || this.#isBlocked) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settled.push(resolve);
      this.wake();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeUp();
    this.#settle();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let waitMs = FIRST_WAIT_MS;
    while (!signal.aborted) {
      const asked = [...this.#settled];
      this.#isWoken = false;
      try {
        await this.#round();
        waitMs = FIRST_WAIT_MS;
        this.#isBlocked = false;
        this.#settle(asked);
        this.#isResting = true;
        await this.#pause(IDLE_MS, () => this.#isWoken);
        this.#isResting = false;
      } catch (error) {
        if (signal.aborted) break;
        const failure = toVikingError(error);
        if (failure.code !== 'UNAVAILABLE')
          this.#options.log.warn({ error: failure.message }, 'vectors of the model could not be made');
        this.#isBlocked = true;
        this.#settle();
        const wanted = failure.details['retry_after_ms'];
        await this.#pause(typeof wanted === 'number' ? wanted : waitMs, () => false);
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      }
    }
    this.#settle();
  }

  /** Everything that lacks a vector now. */
  async #round(): Promise<void> {
    const { worker } = this.#options;
    const { signal } = this.#stopping;
    await this.#probe();
    const indexed = worker.flushIndex().catch(() => undefined);
    await Promise.race([indexed, this.#pause(INDEX_MS, () => false)]);
    while (!signal.aborted) {
      const { stamp, dimensions } = await this.#announced();
      const missing = await worker.missingVectors(ROUND);
      if (missing.length === 0) return;
      await worker.putVectors(stamp, await this.#vectorsOf(missing, dimensions));
    }
  }

  /** Asks the endpoint one small question, unless it is known to be well: questions of readers wait for that. */
  async #probe(): Promise<void> {
    const health = this.#options.models.health().find(({ kind }) => kind === 'embedding');
    if (health?.state !== 'ok') await this.#embed(PROBE);
  }

  async #announced(): Promise<{ stamp: string; dimensions: number }> {
    const stamp = this.#remote.stamp ?? (await this.#embed(PROBE)).stamp;
    const dimensions = Number(stamp.slice(stamp.lastIndexOf('/') + 1));
    await this.#options.worker.expectVectors(stamp, dimensions);
    return { stamp, dimensions };
  }

  /** A text that the endpoint refuses by itself gets an empty vector, so that the others are not held up for ever. */
  async #vectorsOf(missing: readonly MissingVector[], dimensions: number): Promise<PassageVector[]> {
    try {
      const { vectors } = await this.#embed(missing.map(({ text }) => text));
      return missing.map(({ id }, at) => ({ id, values: vectors[at]! }));
    } catch (error) {
      if (toVikingError(error).details['reason'] !== 'request') throw error;
      if (missing.length === 1) {
        // Refused whatever it is asked? Then it is not the text.
        await this.#embed(PROBE);
        return [{ id: missing[0]!.id, values: new Float32Array() }];
      }
      const middle = Math.ceil(missing.length / 2);
      const first = await this.#vectorsOf(missing.slice(0, middle), dimensions);
      return [...first, ...(await this.#vectorsOf(missing.slice(middle), dimensions))];
    }
  }

  #embed(texts: readonly string[]) {
    return this.#remote.embed(texts, CALL, { signal: this.#stopping.signal });
  }

  #settle(whom: (() => void)[] = this.#settled): void {
    this.#settled = this.#settled.filter((resolve) => !whom.includes(resolve));
    for (const resolve of whom) resolve();
  }

  #pause(ms: number, isOver: () => boolean): Promise<void> {
    const bounded = Math.min(ms, this.#options.longestWaitMs ?? ms);
    if (this.#stopping.signal.aborted || isOver()) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, bounded);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
