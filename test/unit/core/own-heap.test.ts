import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

const source = new URL('../../../src/core/worker/own-heap.ts', import.meta.url).href;

interface Seen {
  readonly full: number;
  readonly busy: number;
  readonly quiet: number;
}

// In a thread of its own: what is collected is the heap of the thread that calls it.
it('gives the heap back once there is nothing to do, and not before', { timeout: 60_000 }, async () => {
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const worker = new Worker(
    `import(${loader}).then(async ({ register }) => {
      register();
      const { careForOwnHeap } = await import(${JSON.stringify(source)});
      const size = () => require('node:v8').getHeapStatistics().total_heap_size;
      let busy = true;
      let looked = () => {};
      const leave = careForOwnHeap(() => { setImmediate(() => looked()); return busy; });
      // Its timer keeps no thread alive.
      const alive = setInterval(() => {}, 60_000);
      const look = () => new Promise((resolve) => { looked = resolve; });
      // Held by nothing but this: a frame keeps what passed through it.
      const held = [];
      const fill = () => { for (let at = 0; at < 2_000_000; at++) held.push({ at, next: [at] }); };
      fill();
      await look();
      const full = size();
      held.length = 0;
      await look();
      const whileBusy = size();
      busy = false;
      await look();
      leave();
      clearInterval(alive);
      require('node:worker_threads').parentPort.postMessage({ full, busy: whileBusy, quiet: size() });
    })`,
    { eval: true },
  );
  const [seen] = (await once(worker, 'message')) as [Seen];
  await worker.terminate();
  expect(seen.full).toBeGreaterThan(96 * 1024 * 1024);
  expect(seen.busy).toBeGreaterThan(seen.full / 2);
  expect(seen.quiet).toBeLessThan(seen.full / 2);
});
