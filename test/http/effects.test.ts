import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { postJson, rawRequest } from '../helpers/raw-http.ts';

let daemon: TestDaemon;
let client: Client;
const root = 'viking://resources/effects';
const stored = (path: string) => join(daemon.home, 'content/default/resources/effects', path);

beforeAll(async () => {
  daemon = await startTestDaemon();
  client = daemon.client;
}, 60_000);
afterAll(() => daemon?.close());

describe('a batch of writes', () => {
  it('is written whole, with every mode', async () => {
    await client.write(`${root}/log.txt`, 'one\n');
    const answer = await client.writeBatch(
      root,
      [
        { uri: `${root}/new/deep/a.md`, content: 'a', mode: 'create' },
        { uri: `${root}/log.txt`, content: 'two\n', mode: 'append' },
        { uri: `${root}/b.bin`, content_base64: Buffer.from([0, 255]).toString('base64'), mode: 'upsert' },
      ],
      { wait: false },
    );
    expect(answer).toMatchObject({ root_uri: root, written: 3, written_bytes: 7 });
    expect(await readFile(stored('log.txt'), 'utf8')).toBe('one\ntwo\n');
  });

  it('leaves nothing of itself when one of it cannot be written', async () => {
    await client.write(`${root}/kept.md`, 'before');
    await client.write(`${root}/a-file`, 'in the way');
    const batch = client.writeBatch(root, [
      { uri: `${root}/kept.md`, content: 'after' },
      { uri: `${root}/log.txt`, content: 'three\n', mode: 'append' },
      { uri: `${root}/made/for/it.md`, content: 'x' },
      { uri: `${root}/a-file/below.md`, content: 'x' },
    ]);
    await expect(batch).rejects.toMatchObject({ message: expect.stringContaining('a-file') });
    expect(await client.read(`${root}/kept.md`)).toBe('before');
    expect(await client.read(`${root}/log.txt`)).toBe('one\ntwo\n');
    await expect(client.stat(`${root}/made`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('tags and relations', () => {
  const tagsOf = async (uri: string) => (await client.attributes(uri)).attrs.tags;

  it('follow a move, alone and with the directory above', async () => {
    await client.write(`${root}/t/one.md`, 'one');
    await client.setTags(`${root}/t/one.md`, ['kind=a']);
    await client.link(`${root}/t/one.md`, [root], 'because');
    await client.move(`${root}/t/one.md`, `${root}/t/two.md`);
    expect(await tagsOf(`${root}/t/two.md`)).toEqual(['kind=a']);
    await client.move(`${root}/t`, `${root}/u`);
    expect(await tagsOf(`${root}/u/two.md`)).toEqual(['kind=a']);
    expect(await client.relations(`${root}/u/two.md`)).toEqual([{ uri: root, reason: 'because' }]);
  });

  it('are gone with what is removed, and are not those of a later one', async () => {
    await client.remove(`${root}/u`, { recursive: true });
    await client.write(`${root}/u/two.md`, 'again');
    expect(await tagsOf(`${root}/u/two.md`)).toEqual([]);
    expect(await client.relations(`${root}/u/two.md`)).toEqual([]);
  });

  it('are given to all that is imported', async () => {
    const source = join(daemon.dir, 'tagged');
    await mkdir(join(source, 'sub'), { recursive: true });
    await writeFile(join(source, 'sub/a.md'), 'a');
    const body = { path: source, to: `${root}/tagged`, tags: ['from=import'] };
    expect((await postJson(daemon.socketPath, '/api/v1/resources', body)).status).toBe(200);
    expect(await tagsOf(`${root}/tagged/sub/a.md`)).toEqual(['from=import']);
  });
});

describe('a rebuild', () => {
  it('counts what it would read, and changes nothing', async () => {
    await client.write(`${root}/r/a.md`, 'aardvark');
    await client.write(`${root}/r/d/b.md`, 'badger');
    const answer = await client.reindex(`${root}/r`, { dry_run: true });
    expect(answer).toMatchObject({ status: 'dry_run', entries: 2 });
  });

  it.each(['vectors_only', 'semantic_and_vectors', 'prune_orphans'] as const)('knows %s', async (mode) => {
    const answer = await client.reindex(`${root}/r`, { mode });
    expect(answer).toMatchObject({ status: 'complete', mode });
    expect(answer.documents).toBeGreaterThanOrEqual(2);
    expect(await client.overview(`${root}/r`)).toContain('a.md');
  });

  it('takes out of the index what is no longer there', async () => {
    await client.wait(20);
    await rm(stored('r/d'), { recursive: true });
    await client.reindex(`${root}/r/d`, { mode: 'prune_orphans' });
    const { resources } = await client.find({ query: 'badger', target_uri: `${root}/r` });
    expect(resources.map((hit) => hit.uri)).not.toContain(`${root}/r/d/b.md`);
    await expect(client.reindex(`${root}/r/d`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('takes a directory with all that is below it', async () => {
    await expect(client.reindex(`${root}/r`, { recursive: false })).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      message: expect.stringContaining('recursive'),
    });
    expect(await client.reindex(`${root}/r/a.md`, { recursive: false })).toMatchObject({ documents: 1 });
  });

  it('is a task when it is not waited for', async () => {
    const { task_id, status } = await client.reindex(`${root}/r`, { wait: false });
    expect(status).toBe('accepted');
    await client.wait(20);
    expect(await client.task(task_id!)).toMatchObject({ status: 'completed' });
    await expect(client.cancelTask(task_id!)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });
});

describe('an import', () => {
  it('that is strict imports nothing when it would leave something out', async () => {
    const source = join(daemon.dir, 'strict');
    await mkdir(source);
    await writeFile(join(source, 'a.md'), 'a');
    await symlink('/etc/hostname', join(source, 'link'));
    const refused = client.addResource({ path: source, to: `${root}/strict`, strict: true });
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('link'),
    });
    await expect(client.stat(`${root}/strict`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { warnings } = await client.addResource({ path: source, to: `${root}/strict` });
    expect(warnings).toHaveLength(1);
  });
});

describe('a skill', () => {
  it.each(['include_integrity=true', 'level=1'])('is not read with %s', async (how) => {
    const path = `/api/v1/skills/any?${how}`;
    const answer = await rawRequest(daemon.socketPath, { path });
    expect([answer.status, answer.json.error?.code]).toEqual([501, 'UNIMPLEMENTED']);
    expect(answer.json.error?.message).toContain(how.split('=')[0]);
  });
});
