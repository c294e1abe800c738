import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

const source = new URL('../../../src/core/worker/own-priority.ts', import.meta.url).href;

it('lowers the priority of the thread that calls it, and of no other', async () => {
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const before = getPriority(process.pid);
  const worker = new Worker(
    `import(${loader}).then(async ({ register }) => {
      register();
      const { lowerOwnPriority } = await import(${JSON.stringify(source)});
      lowerOwnPriority();
      const tid = Number(require('node:path').basename(require('node:fs').readlinkSync('/proc/thread-self')));
      require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority(tid));
    })`,
    { eval: true },
  );
  const [lowered] = (await once(worker, 'message')) as [number];
  await worker.terminate();
  expect(lowered).toBeGreaterThan(before);
  expect(getPriority(process.pid)).toBe(before);
});
