import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Vfs } from '../../../src/vfs/index.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat, echo, errnoFrom, ls } from '../../helpers/vfs-files.ts';

describe('.viking/context', () => {
  let test: TestCore;
  let vfs: Vfs;

  beforeAll(async () => {
    test = await testCore();
    vfs = test.vfs();
    await vfs.mkdir('/resources/guide', 0o755);
    await echo(
      vfs,
      '/resources/guide/scheduler.md',
      `# Scheduler\n\nThe scheduler retries failed jobs five times.\n\n${'Backoff doubles each time. '.repeat(200)}\n`,
    );
    await echo(vfs, '/resources/guide/paths.md', '# Paths\n\nSettings live in etc/viking on every host.\n');
    await test.core.system.wait(test.principal, 20_000);
  });
  afterAll(() => test.close());

  it('is a tree of directories without links: budgets, then questions', async () => {
    expect(await ls(vfs, '/.viking/context')).toEqual(['1600', '4000', '800', '8000']);
    expect((await vfs.getattr('/.viking/context/1600')).mode & 0o170000).toBe(0o040000);
    expect((await vfs.getattr('/.viking/context/64')).mode & 0o170000).toBe(0o040000);
    expect(await ls(vfs, '/.viking/context/1600')).toEqual([]);
  });

  it.each(['63', '32001', '0100', '-1', '1e3', 'many', '1600 '])('has no budget %j', async (name) => {
    expect(await errnoFrom(vfs.getattr(`/.viking/context/${name}`))).toBe('ENOENT');
    expect(await errnoFrom(vfs.getattr(`/.viking/context/${name}/x`))).toBe('ENOENT');
  });

  it('is the block of the API, byte for byte', async () => {
    const query = 'how often are failed jobs retried';
    const block = await test.core.search.context(test.principal, { query, maxTokens: 400 });
    expect(block.rendered).toContain('retries failed jobs');
    const path = `/.viking/context/400/${query}`;
    expect(await cat(vfs, path)).toBe(`${block.rendered}\n`);
    expect((await vfs.getattr(path)).size).toBe(Buffer.byteLength(`${block.rendered}\n`));
  });

  it('gives more for more, never above the budget', async () => {
    const short = await cat(vfs, '/.viking/context/100/failed jobs');
    const long = await cat(vfs, '/.viking/context/8000/failed jobs');
    expect(short.length).toBeLessThanOrEqual(400);
    expect(long.length).toBeGreaterThan(short.length);
    expect(long).toContain('Backoff doubles');
  });

  it('takes %2F for a slash', async () => {
    expect(await cat(vfs, '/.viking/context/1600/what is in etc%2Fviking')).toContain('Settings live');
  });

  it('is empty when nothing is found, and no question is what tools look for', async () => {
    expect(await cat(vfs, '/.viking/context/1600/zxqvwj')).toBe('');
    expect(await cat(vfs, '/.viking/context/1600/ ')).toBe('');
    expect(await errnoFrom(vfs.getattr('/.viking/context/1600/.git'))).toBe('ENOENT');
    expect(await errnoFrom(vfs.getattr('/.viking/context/1600/a/b'))).toBe('ENOTDIR');
  });

  it('cannot be written', async () => {
    expect(await errnoFrom(vfs.open('/.viking/context/1600/q', 0o1))).toBe('EACCES');
    expect(await errnoFrom(vfs.create('/.viking/context/1600/q', 0o101, 0o644))).not.toBe('');
    expect(await errnoFrom(vfs.mkdir('/.viking/context/12', 0o755))).not.toBe('');
    expect(await errnoFrom(vfs.unlink('/.viking/context/1600/q'))).toBe('EACCES');
  });
});
