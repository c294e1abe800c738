/** A file that is written anew stays whose it was, what may be done with it, and what was noted of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { attributeCopier } from '../../../src/mount/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;
let store: ContentStore;
let file: string;

beforeEach(async () => {
  dir = await tempDir();
  store = await openContent(join(dir.path, 'content'), { copyAttributes: attributeCopier() });
  await store.write('f', 'old');
  file = store.resolve('f');
});
afterEach(() => dir.remove());

/** A file system may have none, and a machine no tool to set them. */
function setAttribute(name: string, value: string): boolean {
  return spawnSync('setfattr', ['-n', name, '-v', value, file]).status === 0;
}

const attributeOf = (name: string): string =>
  execFileSync('getfattr', ['--only-values', '-n', name, file], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();

describe('a file that is written anew', () => {
  it('keeps its mode, whatever the umask is by then', async () => {
    chmodSync(file, 0o666);
    await store.write('f', 'new');
    expect(statSync(file).mode & 0o777).toBe(0o666);
    chmodSync(file, 0o400);
    await store.write('f', 'newer');
    expect([statSync(file).mode & 0o777, readFileSync(file, 'utf8')]).toEqual([0o400, 'newer']);
  });

  it.runIf(process.getuid?.() === 0)('keeps its owner, and its mode with it', async () => {
    chownSync(file, 4_321, 8_765);
    chmodSync(file, 0o640);
    const before = statSync(file).ino;
    await store.write('f', 'new');
    const { uid, gid, mode, ino } = statSync(file);
    expect([uid, gid, mode & 0o777]).toEqual([4_321, 8_765, 0o640]);
    expect(ino).not.toBe(before);
  });

  it('keeps its extended attributes, of any length', async ({ skip }) => {
    if (!setAttribute('user.note', 'kept')) skip('no extended attributes here');
    const long = 'x'.repeat(1_000);
    const hasLong = setAttribute('user.long', long);
    await store.write('f', 'new');
    await store.write('f', 'newer');
    expect(readFileSync(file, 'utf8')).toBe('newer');
    expect(attributeOf('user.note')).toBe('kept');
    if (hasLong) expect(attributeOf('user.long')).toBe(long);
  });

  it('takes nothing of what a symlink in its place leads to', async () => {
    chmodSync(file, 0o751);
    symlinkSync('f', store.resolve('link'));
    await store.write('link', 'a file by now');
    const found = lstatSync(store.resolve('link'));
    expect([found.isFile(), found.mode & 0o777]).toEqual([true, 0o644 & ~process.umask()]);
  });
});
