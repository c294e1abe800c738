import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Remote, WorkerCaller } from '../../base/worker-call.ts';
import { VikingError } from '../../errors/index.ts';
import type { TextWorkerData, TextWorkerFunctions, TextWorkerGreeting } from './contract.ts';

export interface TextWorker {
  readonly calls: Remote<TextWorkerFunctions>;
  /** Closes the stores in the worker, then ends it. Safe to call twice. */
  close(): Promise<void>;
}

/** Starts the text worker and resolves when its stores are open. @throws what opening them threw */
export async function startTextWorker(data: TextWorkerData): Promise<TextWorker> {
  const worker = spawn(data);
  const caller = new WorkerCaller(worker);
  const greeting = await firstMessage(worker);
  if ('failed' in greeting) {
    await worker.terminate();
    throw VikingError.fromJSON(greeting.failed);
  }
  const calls = caller.remote<TextWorkerFunctions>();
  let closing: Promise<void> | undefined;
  return { calls, close: () => (closing ??= end(worker, calls)) };
}

function spawn(workerData: TextWorkerData): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./entry.js', import.meta.url), { workerData });
  // From source (development, tests) the entry needs the TypeScript loader, which a thread has to register itself.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(new URL('./entry.ts', import.meta.url).href);
  const bootstrap = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(bootstrap, { eval: true, workerData });
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

async function end(worker: Worker, calls: Remote<TextWorkerFunctions>): Promise<void> {
  try {
    await calls.close();
  } finally {
    await worker.terminate();
  }
}
