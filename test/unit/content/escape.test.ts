import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { cachedReader } from '../../../src/mount/index.ts';
import { expectCode } from '../../contract/content-suite.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

describe.each([
  ['through the thread pool', {}],
  ['from the cache', { readCached: cachedReader() }],
] as const)('symlinks that lead out of the content directory, %s', (_, options) => {
  let dir: TempDir;
  let store: ContentStore;
  let outside: string;

  beforeEach(async () => {
    dir = await tempDir();
    store = await openContent(join(dir.path, 'content'), options);
    // A sibling whose name begins like the content directory's: a prefix test without the slash would let it in.
    outside = join(dir.path, 'content-not');
    await mkdir(join(outside, 'sub'), { recursive: true });
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(outside, join(store.dir, 'out'));
    await symlink(join(outside, 'secret'), join(store.dir, 'leak'));
    await symlink('../content-not', join(store.dir, 'relative'));
  });
  afterEach(() => dir.remove());

  it('are not read through', async () => {
    await expectCode(store.read('leak'), 'PERMISSION_DENIED', 'leak');
    await expectCode(store.read('out/secret'), 'PERMISSION_DENIED', 'out');
    await expectCode(store.read('relative/secret'), 'PERMISSION_DENIED');
    await expectCode(store.stat('leak'), 'PERMISSION_DENIED');
    await expectCode(store.stat('out/secret'), 'PERMISSION_DENIED');
    await expectCode(store.list('out'), 'PERMISSION_DENIED');
    await expectCode(store.list('out/sub'), 'PERMISSION_DENIED');
  });

  it('are not written through', async () => {
    await expectCode(store.write('out/new', 'x'), 'PERMISSION_DENIED');
    await expectCode(store.write('out/secret', 'x', { exclusive: true }), 'PERMISSION_DENIED');
    await expectCode(store.append('leak', 'x'), 'PERMISSION_DENIED');
    await expectCode(store.append('out/new', 'x', { create: true }), 'PERMISSION_DENIED');
    await expectCode(store.mkdir('out/new'), 'PERMISSION_DENIED');
    await expectCode(store.mkdir('out'), 'PERMISSION_DENIED');
    await store.write('mine', 'x');
    await expectCode(store.move('mine', 'out/mine'), 'PERMISSION_DENIED');
    await expectCode(store.move('out/secret', 'taken'), 'PERMISSION_DENIED');
    await expectCode(store.remove('out/secret'), 'PERMISSION_DENIED');
    await expectCode(store.remove('out/sub', { recursive: true }), 'PERMISSION_DENIED');
    expect(await readdir(outside)).toEqual(['secret', 'sub']);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('are replaced by a write, and removed, as themselves', async () => {
    await store.write('leak', 'mine');
    expect((await store.read('leak')).toString()).toBe('mine');
    expect(await store.remove('out', { recursive: true })).toBe(1);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('are reported, not followed, by walks and recursive removes', async () => {
    await store.mkdir('dir');
    await symlink(outside, join(store.dir, 'dir/out'));
    const paths: string[] = [];
    for await (const entry of store.walk('')) paths.push(`${entry.path} ${entry.kind}`);
    expect(paths).toEqual([
      'dir directory',
      'dir/out symlink',
      'leak symlink',
      'out symlink',
      'relative symlink',
    ]);
    expect(await store.remove('dir', { recursive: true })).toBe(2);
    expect((await stat(join(outside, 'sub'))).isDirectory()).toBe(true);
  });

  it('do not make the content directory itself unusable when it is one', async () => {
    await symlink(store.dir, join(dir.path, 'alias'));
    const aliased = await openContent(join(dir.path, 'alias'));
    await aliased.write('f', 'x');
    expect((await aliased.read('f')).toString()).toBe('x');
    await expectCode(aliased.read('leak'), 'PERMISSION_DENIED');
  });
});
