import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../../src/base/atomic-write.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
beforeEach(async () => {
  temp = await tempDir();
});
afterEach(() => temp.remove());

describe('writeFileAtomic', () => {
  it('replaces by rename, so that an open reader keeps the old file', async () => {
    const path = join(temp.path, 'a');
    await writeFileAtomic(path, 'old');
    const before = (await stat(path)).ino;
    await writeFileAtomic(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).ino).not.toBe(before);
    expect(await readdir(temp.path)).toEqual(['a']);
  });

  it('leaves the old file and no temporary when it fails', async () => {
    const path = join(temp.path, 'dir');
    await mkdir(path);
    await writeFile(join(path, 'inside'), 'x');
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow();
    expect(await readdir(temp.path)).toEqual(['dir']);
    expect(await readdir(path)).toEqual(['inside']);
  });

  it('makes its temporary in the staging directory', async () => {
    const staging = join(temp.path, 'staging');
    await mkdir(staging);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        writeFileAtomic(join(temp.path, 'same'), `${n}`.repeat(10_000), { stagingDir: staging }),
      ),
    );
    const text = await readFile(join(temp.path, 'same'), 'utf8');
    expect(new Set(text.match(/\d{1,2}/g) ?? []).size).toBeLessThanOrEqual(2);
    expect(await readdir(staging)).toEqual([]);
  });
});
