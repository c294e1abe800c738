import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { withDeadline } from '../../base/deadline.ts';
import type { Logger } from '../../base/log.ts';
import { type Remote, remoteOf, WorkerCaller } from '../../base/worker-call.ts';
import { toVikingError, VikingError } from '../../errors/index.ts';
import type { Level } from '../../layers/contract.ts';
import type { TextWorkerData, TextWorkerFunctions, TextWorkerGreeting, TextWorkerNews } from './contract.ts';

/** Waits before a worker that ended is started again: doubled each time, begun anew once one lived for long. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
const LONG_LIFE_MS = 60_000;
/** Longest the stores of the worker may take to close; they are rebuildable, so it is ended then. */
const CLOSE_MS = 10_000;
/**
 * How often the worker is asked for a sign of life, and how long it may owe one. Its longest single step, reading a
 * large graph, takes a second on a slow disk; a thread that is silent for this long is in an endless loop.
 */
const PULSE: Pulse = { everyMs: 5_000, boundMs: 60_000 };

export interface TextWorker {
  /** Fail with UNAVAILABLE while no worker runs: nobody who reads waits for one to start. */
  readonly calls: Remote<TextWorkerFunctions>;
  /** Which generated layers a directory has, by its content path; known here, so that no listing waits for the worker. */
  listed(directory: string): readonly Level[];
  /** Resolves when a worker runs. For work that can wait. @throws CLOSING */
  running(): Promise<void>;
  /** Closes the stores in the worker, then ends it. Safe to call twice. */
  close(): Promise<void>;
}

export interface Pulse {
  readonly everyMs: number;
  readonly boundMs: number;
}

export interface TextWorkerOptions {
  readonly log: Logger;
  /** For tests. */
  readonly pulse?: Pulse;
  /** For tests, which end the thread it makes. */
  readonly spawn?: ((data: TextWorkerData) => Worker) | undefined;
  /** Directories (content paths) whose generated layers came or went. */
  readonly onListed?: (directories: readonly string[]) => void;
  /** Directories (content paths) whose generated layers were written anew. */
  readonly onBuilt?: (directories: readonly string[]) => void;
}

interface Running {
  readonly worker: Worker;
  readonly caller: WorkerCaller;
}

/**
 * Starts the text worker and resolves when its stores are open. One that ends by itself (out of memory, a fault in
 * native code) fails its open calls with UNAVAILABLE and is started again, at ever longer intervals; a new one compares
 * all content with its stores, so nothing that was touched meanwhile is missed.
 * @throws what opening the stores threw, the first time
 */
export async function startTextWorker(data: TextWorkerData, options: TextWorkerOptions): Promise<TextWorker> {
  const supervisor = new Supervisor(data, options);
  await supervisor.start();
  return supervisor;
}

class Supervisor implements TextWorker {
  readonly #data: TextWorkerData;
  readonly #log: Logger;
  readonly #spawn: (data: TextWorkerData) => Worker;
  readonly calls = remoteOf<TextWorkerFunctions>((name, args) => this.#call(name, args));
  readonly #onListed: (directories: readonly string[]) => void;
  readonly #onBuilt: (directories: readonly string[]) => void;
  readonly #listed = new Map<string, readonly Level[]>();
  readonly #pulse: Pulse;
  #current: Running | undefined;
  #pulseTimer: NodeJS.Timeout | undefined;
  #starting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waitMs = FIRST_WAIT_MS;
  #awaiting: { resolve(): void; reject(error: unknown): void }[] = [];
  #closing: Promise<void> | undefined;

  constructor(data: TextWorkerData, options: TextWorkerOptions) {
    this.#data = data;
    this.#log = options.log;
    this.#spawn = options.spawn ?? spawnTextWorker;
    this.#pulse = options.pulse ?? PULSE;
    this.#onListed = options.onListed ?? (() => undefined);
    this.#onBuilt = options.onBuilt ?? (() => undefined);
  }

  async start(): Promise<void> {
    const running = await open(this.#spawn(this.#data));
    const startedAt = performance.now();
    this.#current = running;
    // A new worker says anew what there is.
    this.#listed.clear();
    running.worker.on('message', (message: Partial<TextWorkerNews>) => this.#hear(message));
    running.worker.once('exit', (code) => this.#ended(running, code, performance.now() - startedAt));
    this.#feelPulse(running);
    for (const { resolve } of this.#awaiting.splice(0)) resolve();
  }

  /** Asks for a sign of life again and again; a worker that owes one for too long is ended, and thereby started anew. */
  #feelPulse(running: Running): void {
    clearTimeout(this.#pulseTimer);
    this.#pulseTimer = setTimeout(() => {
      if (this.#current !== running || this.#closing !== undefined) return;
      withDeadline(running.caller.call('ping'), this.#pulse.boundMs, 'a sign of life of the text worker')
        .then(
          () => this.#feelPulse(running),
          (error: unknown) => {
            if (this.#current !== running || this.#closing !== undefined) return;
            this.#log.error({ error: toVikingError(error).message }, 'the text worker is stuck and is ended');
            return running.worker.terminate();
          },
        )
        .catch((error: unknown) =>
          this.#log.error({ error: String(error) }, 'the text worker cannot be ended'),
        );
    }, this.#pulse.everyMs).unref();
  }

  listed(directory: string): readonly Level[] {
    return this.#listed.get(directory) ?? [];
  }

  #hear({ listed }: Partial<TextWorkerNews>): void {
    if (listed === undefined) return;
    const changed: string[] = [];
    const built: string[] = [];
    for (const [directory, levels] of listed) {
      if (levels.join() === this.listed(directory).join()) {
        built.push(directory);
        continue;
      }
      if (levels.length === 0) this.#listed.delete(directory);
      else this.#listed.set(directory, levels);
      changed.push(directory);
    }
    if (changed.length > 0) this.#onListed(changed);
    if (built.length > 0) this.#onBuilt(built);
  }

  running(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(isClosing());
    if (this.#current !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => this.#awaiting.push({ resolve, reject }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#pulseTimer);
    for (const { reject } of this.#awaiting.splice(0)) reject(isClosing());
    await this.#starting;
    const running = this.#current;
    if (running === undefined) return;
    try {
      await withDeadline(running.caller.call('close'), CLOSE_MS, 'closing the text worker');
    } catch (error) {
      this.#log.warn({ error: toVikingError(error).message }, 'the text worker was not closed in order');
    } finally {
      await running.worker.terminate();
    }
  }

  #call(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#current !== undefined) return this.#current.caller.call(name, ...args);
    if (this.#closing !== undefined) return Promise.reject(isClosing());
    return Promise.reject(
      new VikingError('UNAVAILABLE', `${name}: the text worker ended and is being started again`, {
        hint: 'Ask again in a moment; the log says why it ended.',
      }),
    );
  }

  #ended(running: Running, exitCode: number, livedMs: number): void {
    if (this.#current === running) this.#current = undefined;
    if (this.#closing !== undefined) return;
    if (livedMs > LONG_LIFE_MS) this.#waitMs = FIRST_WAIT_MS;
    const { reason } = running.caller;
    this.#log.error(
      { exitCode, livedMs: Math.round(livedMs), error: reason === undefined ? undefined : String(reason) },
      'the text worker ended; it is started again',
    );
    this.#schedule();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#starting = this.start().catch((error: unknown) => {
        this.#log.error(
          { error: toVikingError(error).message },
          'the text worker could not be started again',
        );
        if (this.#closing === undefined) this.#schedule();
      });
    }, this.#waitMs);
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** Resolves when the worker's stores are open. */
async function open(worker: Worker): Promise<Running> {
  const caller = new WorkerCaller(worker);
  const greeting = await firstMessage(worker);
  if ('ready' in greeting) return { worker, caller };
  await worker.terminate();
  throw VikingError.fromJSON(greeting.failed);
}

/** What is young of a question is dead with its answer; more room for it only lets the thread grow. */
const LIMITS = { resourceLimits: { maxYoungGenerationSizeMb: 24 } } as const;

export function spawnTextWorker(workerData: TextWorkerData): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./entry.js', import.meta.url), { workerData, ...LIMITS });
  // From source (development, tests) the entry needs the TypeScript loader, which a thread has to register itself.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(new URL('./entry.ts', import.meta.url).href);
  const bootstrap = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(bootstrap, { eval: true, workerData, ...LIMITS });
}

/** The worker's greeting comes before any answer, because nobody has called yet. */
async function firstMessage(worker: Worker): Promise<TextWorkerGreeting> {
  const abort = new AbortController();
  try {
    return await Promise.race([
      once(worker, 'message', { signal: abort.signal }).then(([message]) => message as TextWorkerGreeting),
      once(worker, 'exit', { signal: abort.signal }).then(() => {
        throw new VikingError('UNAVAILABLE', 'the text worker ended while it started');
      }),
    ]);
  } finally {
    abort.abort();
  }
}

function isClosing(): VikingError {
  return new VikingError('CLOSING', 'the text worker is closing');
}
