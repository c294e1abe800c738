import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareMountpoint } from '../../../src/mount/mountpoint.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;

beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

function prepare(mountpoint: string): Promise<string> {
  return prepareMountpoint({ mountpoint, apartFrom: [] });
}

it('makes every missing directory on the way, and takes an empty one as it is', async () => {
  const path = join(dir.path, 'a/b/c');
  expect(await prepare(path)).toBe(path);
  expect((await stat(path)).isDirectory()).toBe(true);
  expect(await prepare(path)).toBe(path);
});

// Node's recursive mkdir never ends there, and keeps a thread busy for good.
it('refuses a place where the kernel lets nobody make a directory, at once', async () => {
  await expect(prepare('/proc/vikingfs')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  await expect(prepare('/proc/vikingfs/deep/er')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
}, 5_000);

it('refuses files, names that are too long and directories in use, and changes nothing', async () => {
  await writeFile(join(dir.path, 'file'), 'text');
  await expect(prepare(join(dir.path, 'file'))).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
  await expect(prepare(join(dir.path, 'file/below'))).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
  await expect(prepare(join(dir.path, 'n'.repeat(300)))).rejects.toMatchObject({ code: 'NAME_TOO_LONG' });
  await expect(prepare(dir.path)).rejects.toMatchObject({ code: 'NOT_EMPTY' });
  expect(await readdir(dir.path)).toEqual(['file']);
});

it('resolves symlinks on the way to it', async () => {
  await mkdir(join(dir.path, 'real'));
  await symlink('real', join(dir.path, 'link'));
  expect(await prepare(join(dir.path, 'link/m'))).toBe(join(dir.path, 'real/m'));
});
