import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.ts';
import { testMounts, unmountLeftovers } from '../../helpers/leftover-mounts.ts';
import { canMount, withSmallDisk } from '../../helpers/small-disk.ts';
import { tempDir, withTempDir } from '../../helpers/temp-dir.ts';

describe('eventually', () => {
  it('waits for a value and gives it back', async () => {
    let calls = 0;
    expect(
      await eventually(() => (++calls < 3 ? undefined : 'now'), { what: 'a value', intervalMs: 1 }),
    ).toBe('now');
    expect(calls).toBe(3);
  });

  it('fails in time, saying what for and why', async () => {
    const waiting = eventually(() => Promise.reject(new Error('last reason')), {
      timeoutMs: 20,
      what: 'the moon',
    });
    await expect(waiting).rejects.toThrow('the moon: not within 20 ms: last reason');
    await expect(eventually(() => false, { timeoutMs: 5, what: 'x' })).rejects.toThrow('x: not within 5 ms');
  });
});

describe('temporary directories', () => {
  it('are gone afterwards, with what is in them', async () => {
    const dir = await tempDir();
    await writeFile(join(dir.path, 'f'), 'x');
    await dir.remove();
    await dir.remove();
    expect(existsSync(dir.path)).toBe(false);
    let path = '';
    await expect(
      withTempDir(async (made) => {
        path = made;
        throw new Error('inside');
      }),
    ).rejects.toThrow('inside');
    expect(existsSync(path)).toBe(false);
  });
});

describe('leftover mounts', () => {
  it('are found in /proc/mounts, deepest first, and nothing else is', () => {
    const base = join(tmpdir(), 'vikingfs-1-abc');
    const mounts = [
      'proc /proc proc rw 0 0',
      `x ${base}/mnt fuse rw 0 0`,
      `x ${base}/mnt/with\\040space fuse rw 0 0`,
      `x ${tmpdir()}/other-vikingfs-1 fuse rw 0 0`,
      '',
    ].join('\n');
    expect(testMounts(mounts)).toEqual([`${base}/mnt/with space`, `${base}/mnt`]);
  });

  it.skipIf(!canMount)('of dead processes go, of living ones stay', async () => {
    const dead = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
    const left = join(tmpdir(), `vikingfs-${dead}-leftover`, 'mnt');
    await mkdir(left, { recursive: true });
    const dir = await tempDir();
    try {
      await withSmallDisk(join(dir.path, 'mine'), 65_536, async () => {
        execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', left]);
        expect(await unmountLeftovers()).toContain(left);
        expect(testMounts()).toContain(join(dir.path, 'mine'));
        expect(testMounts()).not.toContain(left);
      });
    } finally {
      await unmountLeftovers();
      await rm(join(left, '..'), { recursive: true, force: true });
      await dir.remove();
    }
  });
});
