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

const ACCESS_LIST_NAME = 'system.posix_acl_access';

/**
 * Owner rw, user 4321 rw, group r, mask rw, others nothing: a version, then tag, rights and id of each entry, as
 * `linux/posix_acl_xattr.h` lays them out.
 */
const ACCESS_LIST = Buffer.concat([
  Buffer.from([2, 0, 0, 0]),
  ...(
    [
      [0x01, 6, 0xffffffff],
      [0x02, 6, 4_321],
      [0x04, 4, 0xffffffff],
      [0x10, 6, 0xffffffff],
      [0x20, 0, 0xffffffff],
    ] as const
  ).map(([tag, rights, id]) => {
    const entry = Buffer.alloc(8);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(rights, 2);
    entry.writeUInt32LE(id, 4);
    return entry;
  }),
]).toString('hex');

/** False where the file system refuses or there is no Python; anything else that goes wrong is a failure. */
function setAccessList(path: string): boolean {
  const script = [
    'import errno, os, sys',
    'try: os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))',
    'except OSError as e: sys.exit(3 if e.errno == errno.ENOTSUP else repr(e))',
  ].join('\n');
  const { status, stderr, error } = spawnSync(
    'python3',
    ['-c', script, path, ACCESS_LIST_NAME, ACCESS_LIST],
    { encoding: 'utf8' },
  );
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return false;
  expect([0, 3], stderr).toContain(status);
  return status === 0;
}

/** Of each file, in hexadecimal; empty where there is none. One process: each takes long to start. */
function accessListsOf(...paths: string[]): string[] {
  const script = [
    'import os, sys',
    'for path in sys.argv[2:]:',
    '  print(os.getxattr(path, sys.argv[1]).hex() if sys.argv[1] in os.listxattr(path) else "")',
  ].join('\n');
  const printed = execFileSync('python3', ['-c', script, ACCESS_LIST_NAME, ...paths], { encoding: 'utf8' });
  return printed.split('\n').slice(0, -1);
}

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

  it('keeps its access control list, with the rights it masks', async ({ skip }) => {
    if (!setAccessList(file)) skip('no access control lists here');
    await store.write('f', 'new');
    await store.write('g', 'beside it');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(accessListsOf(file, store.resolve('g'))).toEqual([ACCESS_LIST, '']);
    // Where there is a list, the group's bits are its mask.
    expect(statSync(file).mode & 0o777).toBe(0o660);
  });

  it('takes nothing of what a symlink in its place leads to', async () => {
    chmodSync(file, 0o751);
    symlinkSync('f', store.resolve('link'));
    await store.write('link', 'a file by now');
    const found = lstatSync(store.resolve('link'));
    expect([found.isFile(), found.mode & 0o777]).toEqual([true, 0o644 & ~process.umask()]);
  });
});
