import assert from 'node:assert/strict';
import type { Case, PosixFs, PosixStat } from '../posix-fs.ts';
import { append, O_CREAT, O_RDWR, read, write } from './support.ts';

const OLD_SECONDS = 1_000_000_000;

async function aged(fs: PosixFs, path: string): Promise<void> {
  await fs.utimes(path, OLD_SECONDS, OLD_SECONDS);
  assert.equal((await fs.stat(path)).mtimeMs, OLD_SECONDS * 1_000);
}

/** The access time as it was set, or newer than `started`: whoever reads the file meanwhile (an indexer) moves it. */
function assertAccessTime(stat: PosixStat, expectedMs: number, started: number): void {
  assert.ok(Math.round(stat.atimeMs) === expectedMs || stat.atimeMs >= started - 1_000, String(stat.atimeMs));
}

export const attributeCases: Record<string, Case> = {
  'attributes: chmod is kept': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    for (const mode of [0o600, 0o755, 0o444, 0o000, 0o640]) {
      await fs.chmod(`${fs.root}/a`, mode);
      assert.equal((await fs.stat(`${fs.root}/a`)).mode & 0o7777, mode);
    }
  },
  'attributes: chmod of a directory and through a symlink': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await fs.symlink('d', `${fs.root}/l`);
    await fs.chmod(`${fs.root}/l`, 0o711);
    assert.equal((await fs.stat(`${fs.root}/d`)).mode & 0o777, 0o711);
  },
  'attributes: chmod moves the change time, not the modification time': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await aged(fs, `${fs.root}/a`);
    const before = await fs.stat(`${fs.root}/a`);
    await fs.chmod(`${fs.root}/a`, 0o600);
    const after = await fs.stat(`${fs.root}/a`);
    assert.equal(after.mtimeMs, before.mtimeMs);
    assert.ok(after.ctimeMs >= before.ctimeMs);
  },
  'attributes: a file belongs to who made it': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.mkdir(`${fs.root}/d`);
    for (const name of ['a', 'd']) {
      const stat = await fs.stat(`${fs.root}/${name}`);
      assert.deepEqual([stat.uid, stat.gid], [process.getuid!(), process.getgid!()]);
    }
  },
  'attributes: chown to oneself is accepted': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.chown(`${fs.root}/a`, process.getuid!(), process.getgid!());
    assert.equal((await fs.stat(`${fs.root}/a`)).uid, process.getuid!());
  },
  'attributes: both times set alike are kept': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    const started = Date.now();
    await fs.utimes(`${fs.root}/a`, 1_234_567_890.5, 1_234_567_890.5);
    const stat = await fs.stat(`${fs.root}/a`);
    assert.equal(Math.round(stat.mtimeMs), 1_234_567_890_500);
    assertAccessTime(stat, 1_234_567_890_500, started);
  },
  'attributes: different times are kept apart': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    const started = Date.now();
    await fs.utimes(`${fs.root}/a`, 1_111_111_111, 1_222_222_222);
    const stat = await fs.stat(`${fs.root}/a`);
    assertAccessTime(stat, 1_111_111_111_000, started);
    assert.equal(stat.mtimeMs, 1_222_222_222_000);
  },
  'attributes: times keep microseconds': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.utimes(`${fs.root}/a`, 1_700_000_000.123456, 1_700_000_000.123456);
    const { mtimeMs } = await fs.stat(`${fs.root}/a`);
    assert.ok(Math.abs(mtimeMs - 1_700_000_000_123.456) < 0.0015, String(mtimeMs));
  },
  'attributes: writing moves the modification time': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await aged(fs, `${fs.root}/a`);
    await append(fs, `${fs.root}/a`, 'y');
    assert.ok((await fs.stat(`${fs.root}/a`)).mtimeMs > OLD_SECONDS * 1_000);
  },
  'attributes: truncating moves the modification time': async (fs) => {
    await write(fs, `${fs.root}/a`, 'xyz');
    await aged(fs, `${fs.root}/a`);
    await fs.truncate(`${fs.root}/a`, 1);
    assert.ok((await fs.stat(`${fs.root}/a`)).mtimeMs > OLD_SECONDS * 1_000);
  },
  'attributes: reading leaves the modification time': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await aged(fs, `${fs.root}/a`);
    await read(fs, `${fs.root}/a`);
    assert.equal((await fs.stat(`${fs.root}/a`)).mtimeMs, OLD_SECONDS * 1_000);
  },
  'attributes: times set after writing stay when the file is closed': async (fs) => {
    const file = await fs.open(`${fs.root}/a`, O_RDWR | O_CREAT);
    await file.write('x', 0);
    await fs.utimes(`${fs.root}/a`, OLD_SECONDS, OLD_SECONDS);
    await file.close();
    assert.equal((await fs.stat(`${fs.root}/a`)).mtimeMs, OLD_SECONDS * 1_000);
  },
  'attributes: linking and renaming move the change time': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    const before = (await fs.stat(`${fs.root}/a`)).ctimeMs;
    await fs.link(`${fs.root}/a`, `${fs.root}/b`);
    assert.ok((await fs.stat(`${fs.root}/a`)).ctimeMs >= before);
    await fs.unlink(`${fs.root}/b`);
    assert.equal((await fs.stat(`${fs.root}/a`)).nlink, 1);
  },
  'attributes: an open file and its name say the same': async (fs) => {
    const file = await fs.open(`${fs.root}/a`, O_RDWR | O_CREAT);
    await file.write('12345', 0);
    const [open, named] = [await file.stat(), await fs.stat(`${fs.root}/a`)];
    assert.deepEqual([open.size, open.mode, open.ino], [named.size, named.mode, named.ino]);
    await file.close();
  },
  'attributes: inode numbers stay while a file lives': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    const { ino } = await fs.stat(`${fs.root}/a`);
    for (let round = 0; round < 5; round += 1) {
      await append(fs, `${fs.root}/a`, 'y');
      assert.equal((await fs.stat(`${fs.root}/a`)).ino, ino);
    }
  },
  'attributes: statfs knows space': async (fs) => {
    const { bsize, blocks, bfree } = await fs.statfs(fs.root);
    assert.ok(bsize >= 512 && blocks > 0 && bfree <= blocks);
  },
};
