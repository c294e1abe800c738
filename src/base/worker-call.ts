import type { MessagePort, Worker } from 'node:worker_threads';
import { isVikingError, type PlainError, toVikingError, VikingError } from '../errors/index.ts';

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
    void answer(functions, message).then((reply) => port.postMessage(reply));
  });
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

/** Calls a worker. When the worker ends, every open call fails with UNAVAILABLE. */
export class WorkerCaller {
  readonly #worker: Worker;
  readonly #open = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  #nextId = 1;
  #ended = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: Answer) => this.#settle(message));
    worker.on('error', (error) => this.#failAll(error));
    worker.on('exit', () => this.#failAll(new Error('worker ended')));
  }

  call(name: string, ...args: unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(new VikingError('UNAVAILABLE', `${name}: the worker has ended`));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, args } satisfies Call);
    });
  }

  /** A typed view: `remote<Engine>().find(query)`. */
  remote<T extends object>(): Remote<T> {
    return new Proxy({} as Remote<T>, {
      get: (_target, name) => {
        // A proxy that answers `then` would be taken for a promise by `await`.
        if (typeof name !== 'string' || name === 'then') return undefined;
        return (...args: unknown[]) => this.call(name, ...args);
      },
    });
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
    for (const waiting of this.#open.values()) {
      waiting.reject(
        isVikingError(cause) ? cause : new VikingError('UNAVAILABLE', 'the worker has ended', { cause }),
      );
    }
    this.#open.clear();
  }
}
