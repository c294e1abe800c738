/** A directory is exchanged for a symlink between the check of a path and its use: nothing is done where it leads. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ContentStore } from '../../../src/content/index.ts';
import { openContent } from '../../../src/content/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;
let store: ContentStore;

beforeEach(async () => {
  dir = await tempDir();
  store = await openContent(join(dir.path, 'content'));
  for (const whose of ['mine', 'theirs']) {
    mkdirSync(join(store.dir, whose, 'deep'), { recursive: true });
    writeFileSync(join(store.dir, whose, 'f'), whose);
    writeFileSync(join(store.dir, whose, 'deep/g'), whose);
  }
  writeFileSync(join(store.dir, 'elsewhere'), 'elsewhere');
});
afterEach(() => dir.remove());

/** What `mine/…` was when it was checked; `mine` leads to `theirs` from now on. */
async function exchanged(path: string): Promise<string> {
  const real = await store.real(path, { follow: false });
  renameSync(join(store.dir, 'mine'), join(store.dir, 'aside'));
  symlinkSync('theirs', join(store.dir, 'mine'));
  return real;
}

function assertUntouched(): void {
  expect(readdirSync(join(store.dir, 'theirs')).sort()).toEqual(['deep', 'f']);
  expect(readFileSync(join(store.dir, 'theirs/f'), 'utf8')).toBe('theirs');
  expect(readFileSync(join(store.dir, 'theirs/deep/g'), 'utf8')).toBe('theirs');
  expect(readFileSync(join(store.dir, 'elsewhere'), 'utf8')).toBe('elsewhere');
}

const refused = { code: 'PERMISSION_DENIED' };

it.each(['mine/f', 'mine/deep'])('%s is not removed', async (path) => {
  const real = await exchanged(path);
  await expect(store.remove(path, { recursive: true, real })).rejects.toMatchObject(refused);
  assertUntouched();
});

it.each([true, false])('nothing is moved out, replacing or not (%s)', async (replace) => {
  const real = { from: await exchanged('mine/f'), to: 'taken' };
  await expect(store.move('mine/f', 'taken', { replace, real })).rejects.toMatchObject(refused);
  assertUntouched();
  expect(existsSync(join(store.dir, 'taken'))).toBe(false);
});

it.each([true, false])('nothing is moved in, replacing or not (%s)', async (replace) => {
  const path = replace ? 'mine/f' : 'mine/new';
  const real = { from: 'elsewhere', to: await exchanged(path) };
  await expect(store.move('elsewhere', path, { replace, real })).rejects.toMatchObject(refused);
  assertUntouched();
});

it.each(['mine/new', 'mine/new/deeper', 'mine/deep/new'])('%s is not made', async (path) => {
  const real = await exchanged(path);
  await expect(store.mkdir(path, { real })).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
  assertUntouched();
});

it('what was not exchanged is removed, moved and made as ever', async () => {
  const real = (path: string) => store.real(path, { follow: false });
  await store.mkdir('mine/a/b', { real: await real('mine/a/b') });
  await store.mkdir('mine/a/b', { real: await real('mine/a/b') });
  await store.move('mine/f', 'mine/a/f', {
    real: { from: await real('mine/f'), to: await real('mine/a/f') },
  });
  const both = { from: await real('mine/a'), to: await real('mine/deep') };
  await store.move('mine/a', 'mine/deep', { replace: true, real: both });
  expect(readFileSync(join(store.dir, 'mine/deep/f'), 'utf8')).toBe('mine');
  expect(await store.remove('mine/deep', { recursive: true, real: await real('mine/deep') })).toBe(3);
  expect(await store.remove('mine/deep', { recursive: true, real: await real('mine/deep') })).toBe(0);
  symlinkSync('theirs', join(store.dir, 'link'));
  expect(await store.remove('link', { recursive: true, real: await real('link') })).toBe(1);
  await expect(store.mkdir('theirs/f', { real: 'theirs/f' })).rejects.toMatchObject({
    code: 'ALREADY_EXISTS',
  });
  await expect(store.mkdir('theirs/f/x', { real: 'theirs/f/x' })).rejects.toMatchObject({
    code: 'NOT_DIRECTORY',
  });
  assertUntouched();
});

it('nothing is listed, walked or worked in where it leads', async () => {
  const real = await exchanged('mine/deep');
  await expect(store.list('mine/deep', { real })).rejects.toMatchObject(refused);
  await expect(store.walk('mine/deep', { real })[Symbol.asyncIterator]().next()).rejects.toMatchObject(
    refused,
  );
  const work = vi.fn(async () => undefined);
  await expect(store.within('mine/deep', { real }, work)).rejects.toMatchObject(refused);
  expect(work).not.toHaveBeenCalled();
  expect(await store.readNow('mine/deep/g', { real: 'mine/deep/g' })).toBeUndefined();
});

it('a walk does not follow a symlink that takes the place of a directory it has seen', async () => {
  const seen: string[] = [];
  for await (const { path } of store.walk('')) {
    seen.push(path);
    if (path !== 'mine/deep') continue;
    renameSync(join(store.dir, 'mine/deep'), join(store.dir, 'mine/aside'));
    symlinkSync('../theirs/deep', join(store.dir, 'mine/deep'));
  }
  expect(seen).toEqual([
    'elsewhere',
    'mine',
    'mine/deep',
    'mine/f',
    'theirs',
    'theirs/deep',
    'theirs/deep/g',
    'theirs/f',
  ]);
});

it('what a held directory is called by then does not matter', async () => {
  await store.within('mine', { real: 'mine' }, async (dir) => {
    await exchanged('mine');
    writeFileSync(join(dir, 'new'), 'new');
  });
  expect(readFileSync(join(store.dir, 'aside/new'), 'utf8')).toBe('new');
  assertUntouched();
});
