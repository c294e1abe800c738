import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
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
