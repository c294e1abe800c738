import type { MessagePort, Worker } from 'node:worker_threads';
import { type PlainError, toVikingError, VikingError } from '../errors/index.ts';

/** Functions a worker offers: arguments and results are plain data (structured clone). */
export type Callable = Record<string, (...args: never[]) => unknown>;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: PlainError;
}

/** Serves `functions` on `port`. Thrown errors cross as plain data and are ours again on the other side. */
export function serveCalls(port: MessagePort, functions: Callable): void {
  port.on('message', (message: Call) => {
    if (typeof message?.id !== 'number') return;
    void answer(functions, message).then((reply) => send(port, message, reply));
  });
}

/** An answer that cannot cross (a function in it, say) fails its call instead of leaving the caller waiting. */
function send(port: MessagePort, { id, name }: Call, reply: Answer): void {
  try {
    port.postMessage(reply);
  } catch (error) {
    const failed = new VikingError('INTERNAL', `${name}: its answer cannot cross threads: ${String(error)}`);
    port.postMessage({ id, error: failed.toJSON() } satisfies Answer);
  }
}

async function answer(functions: Callable, call: Call): Promise<Answer> {
  try {
    const target = functions[call.name] as ((...args: unknown[]) => unknown) | undefined;
    if (target === undefined) throw new VikingError('INTERNAL', `worker has no function ${call.name}`);
    return { id: call.id, value: await target(...call.args) };
  } catch (error) {
    return { id: call.id, error: toVikingError(error).toJSON() };
  }
}

/** The same functions, asked from the other thread. */
export type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** A typed view of calls by name: `remoteOf<Engine>(call).find(query)` calls `find` with `[query]`. */
export function remoteOf<T extends object>(
  call: (name: string, args: readonly unknown[]) => Promise<unknown>,
): Remote<T> {
  return new Proxy({} as Remote<T>, {
    get: (_target, name) => {
      // A proxy that answers `then` would be taken for a promise by `await`.
      if (typeof name !== 'string' || name === 'then') return undefined;
      return (...args: unknown[]) => call(name, args);
    },
  });
}

/** Calls a worker. When the worker ends, every open call fails with UNAVAILABLE. */
export class WorkerCaller {
  readonly #worker: Worker;
  readonly #open = new Map<
    number,
    { readonly name: string; resolve(value: unknown): void; reject(error: unknown): void }
  >();
  #nextId = 1;
  #ended = false;
  #reason: unknown;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: Answer) => this.#settle(message));
    worker.on('error', (error) => {
      this.#reason = error;
      this.#failAll(error);
    });
    worker.on('exit', () => this.#failAll(this.#reason));
  }

  call(name: string, ...args: unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(hasEnded(name, this.#reason));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { name, resolve, reject });
      try {
        this.#worker.postMessage({ id, name, args } satisfies Call);
      } catch (error) {
        this.#open.delete(id);
        reject(
          new VikingError('INTERNAL', `${name}: its arguments cannot cross threads: ${String(error)}`, {
            cause: error,
          }),
        );
      }
    });
  }

  /** Calls that wait for their answer. */
  get openCalls(): number {
    return this.#open.size;
  }

  /** What ended the worker, when an error did. */
  get reason(): unknown {
    return this.#reason;
  }

  #settle(message: Answer): void {
    const waiting = typeof message?.id === 'number' ? this.#open.get(message.id) : undefined;
    if (waiting === undefined) return;
    this.#open.delete(message.id);
    if (message.error === undefined) waiting.resolve(message.value);
    else waiting.reject(VikingError.fromJSON(message.error));
  }

  #failAll(cause: unknown): void {
    this.#ended = true;
    for (const { name, reject } of this.#open.values()) reject(hasEnded(name, cause));
    this.#open.clear();
  }
}

function hasEnded(name: string, cause: unknown): VikingError {
  return new VikingError(
    'UNAVAILABLE',
    `${name}: the worker has ended`,
    cause === undefined ? {} : { cause },
  );
}
