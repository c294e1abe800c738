import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { WorkerCaller } from '../../../src/base/worker-call.ts';
import { createCore } from '../../../src/core/index.ts';
import { spawnTextWorker, startTextWorker, type TextWorker } from '../../../src/core/worker/start.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let worker: TextWorker;
let threads: Worker[];

const write = (name: string, text: string) =>
  writeFile(join(temp.path, 'content/acme/resources', name), text);
const found = async (text: string) => {
  const { hits } = await worker.calls.search({ text, within: ['acme'], limit: 5 });
  return hits.map((hit) => hit.path);
};

beforeEach(async () => {
  temp = await tempDir();
  threads = [];
  await mkdir(join(temp.path, 'content/acme/resources'), { recursive: true });
  await write('tides.md', 'The tide tables of the harbour are printed in March.\n');
  worker = await startTextWorker(
    { contentDir: join(temp.path, 'content'), indexDir: join(temp.path, 'index'), logLevel: 'silent' },
    {
      log: silentLogger,
      spawn(data) {
        const thread = spawnTextWorker(data);
        threads.push(thread);
        return thread;
      },
    },
  );
});
afterEach(async () => {
  await worker.close();
  await temp.remove();
});

it('starts again after its thread ended, and catches up with what changed meanwhile', async () => {
  await worker.calls.flushIndex();
  expect(await found('tide tables')).toEqual(['acme/resources/tides.md']);
  await threads[0]!.terminate();
  await write('ferry.md', 'The ferry to the lighthouse leaves at noon.\n');
  await worker.running();
  await worker.calls.flushIndex();
  expect(threads).toHaveLength(2);
  expect(await found('ferry to the lighthouse')).toEqual(['acme/resources/ferry.md']);
  expect(await found('tide tables')).toEqual(['acme/resources/tides.md']);
  expect((await worker.calls.readLayer('acme/resources', 'overview', 5_000)).text).toContain('ferry');
});

it('answers UNAVAILABLE to calls that were open, and at once to calls made while no thread runs', async () => {
  await worker.calls.flushIndex();
  const open = [worker.calls.flushLayers(), worker.calls.reindex('acme'), worker.calls.indexStatus()];
  const ended = Promise.all([
    threads[0]!.terminate(),
    ...open.map((call) => expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' })),
  ]);
  await ended;
  await expect(worker.calls.search({ text: 'tide', within: ['acme'], limit: 1 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    hint: expect.stringContaining('Ask again'),
  });
});

it('starts again and again, and stops trying once it is closed', async () => {
  for (let ends = 1; ends <= 3; ends += 1) {
    await threads.at(-1)!.terminate();
    await worker.running();
    expect(threads).toHaveLength(ends + 1);
  }
  await threads.at(-1)!.terminate();
  const waiting = worker.running();
  const refused = expect(waiting).rejects.toMatchObject({ code: 'CLOSING' });
  await worker.close();
  await refused;
  await expect(worker.calls.indexStatus()).rejects.toMatchObject({ code: 'CLOSING' });
  expect(threads).toHaveLength(4);
});

it('closes in order when its thread is gone already', async () => {
  await threads[0]!.terminate();
  await worker.close();
  await worker.close();
});

it('costs the core neither listings nor commits nor an orderly end', async () => {
  const ada = { account: 'acme', user: 'ada', role: 'user' } as const;
  const ends: Worker[] = [];
  const core = await createCore({
    home: join(temp.path, 'home'),
    ...ada,
    log: silentLogger,
    logLevel: 'silent',
    spawnWorker(data) {
      const thread = spawnTextWorker(data);
      ends.push(thread);
      return thread;
    },
  });
  try {
    const root = core.files.parseUri(ada, 'viking://resources');
    await core.files.mkdir(ada, root.join('docs'));
    await core.sessions.addMessages(ada, 's', [
      { role: 'user', content: 'I prefer oolong tea in the morning.' },
    ]);
    await ends[0]!.terminate();
    expect(await core.files.list(ada, root)).toMatchObject([{ name: 'docs', abstract: '' }]);
    expect(await core.files.stat(ada, root)).toMatchObject({ freshness: 'failed' });
    await expect(core.search.find(ada, { query: 'tea' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await core.sessions.commit(ada, 's', { waitMs: 15_000 })).toMatchObject({
      status: 'committed',
      memories_extracted: 1,
    });
    const { memories } = await core.search.find(ada, { query: 'oolong tea' });
    expect(memories).toHaveLength(1);
    await ends.at(-1)!.terminate();
  } finally {
    await core.close();
  }
});

it('ends a thread that is alive and stuck, and starts another', async () => {
  const stuck = `const { parentPort } = require('node:worker_threads');
    parentPort.once('message', () => { for (;;); });
    parentPort.postMessage({ ready: true });`;
  let spawned = 0;
  const supervised = await startTextWorker(
    { contentDir: join(temp.path, 'content'), indexDir: join(temp.path, 'index-2'), logLevel: 'silent' },
    {
      log: silentLogger,
      pulse: { everyMs: 20, boundMs: 2_000 },
      spawn: (data) => (spawned++ === 0 ? new Worker(stuck, { eval: true }) : spawnTextWorker(data)),
    },
  );
  try {
    await expect(supervised.calls.indexStatus()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await supervised.running();
    await supervised.calls.flushIndex();
    const { hits } = await supervised.calls.search({ text: 'tide tables', within: ['acme'], limit: 1 });
    expect(hits).toHaveLength(1);
    expect(spawned).toBe(2);
  } finally {
    await supervised.close();
  }
});

it('fails a call whose arguments or answer cannot cross threads, and leaves none open', async () => {
  const thread = new Worker(
    `const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
      .then(({ register }) => { register(); return import(${JSON.stringify(new URL('../../../src/base/worker-call.ts', import.meta.url).href)}); })
      .then(({ serveCalls }) => serveCalls(parentPort, { broken: () => () => 1, fine: (value) => value }));`,
    { eval: true },
  );
  const caller = new WorkerCaller(thread);
  try {
    await expect(caller.call('fine', () => 1)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('arguments cannot cross'),
    });
    await expect(caller.call('broken')).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('answer cannot cross'),
    });
    expect(await caller.call('fine', 7)).toBe(7);
    expect(caller.openCalls).toBe(0);
  } finally {
    await thread.terminate();
  }
});
