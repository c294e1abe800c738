import assert from 'node:assert/strict';
import type { Case } from '../posix-fs.ts';
import { exists, fails, names, O_CREAT, O_RDONLY, O_WRONLY, write } from './support.ts';

export const directoryCases: Record<string, Case> = {
  'directories: make, list, remove': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    assert.equal((await fs.stat(`${fs.root}/d`)).mode & 0o170000, 0o040000);
    assert.deepEqual(await names(fs, `${fs.root}/d`), []);
    await fs.rmdir(`${fs.root}/d`);
    assert.equal(await exists(fs, `${fs.root}/d`), false);
  },
  'directories: mkdir on a taken name is EEXIST': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/f`, '');
    await fs.symlink('nowhere', `${fs.root}/l`);
    for (const name of ['d', 'f', 'l']) await fails(fs.mkdir(`${fs.root}/${name}`), 'EEXIST');
  },
  'directories: rmdir of a full directory is ENOTEMPTY and removes nothing': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/d/a`, 'x');
    await fails(fs.rmdir(`${fs.root}/d`), 'ENOTEMPTY', 'EEXIST');
    assert.deepEqual(await names(fs, `${fs.root}/d`), ['a']);
  },
  'directories: rmdir of a file is ENOTDIR, unlink of a directory EISDIR': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/f`, '');
    await fails(fs.rmdir(`${fs.root}/f`), 'ENOTDIR');
    await fails(fs.unlink(`${fs.root}/d`), 'EISDIR');
  },
  'directories: listing a file is ENOTDIR, opening a directory for writing EISDIR': async (fs) => {
    await write(fs, `${fs.root}/f`, '');
    await fs.mkdir(`${fs.root}/d`);
    await fails(fs.readdir(`${fs.root}/f`), 'ENOTDIR');
    await fails(fs.open(`${fs.root}/d`, O_WRONLY), 'EISDIR');
    await fails(fs.open(`${fs.root}/d`, O_WRONLY | O_CREAT), 'EISDIR');
  },
  'directories: reading an open directory as a file is EISDIR': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    const directory = await fs.open(`${fs.root}/d`, O_RDONLY);
    await fails(directory.read(1, 0), 'EISDIR');
    await directory.close();
  },
  'directories: mkdir keeps the mode given, less the umask': async (fs) => {
    for (const mode of [0o755, 0o700, 0o711]) {
      await fs.mkdir(`${fs.root}/${mode}`, mode);
      assert.equal((await fs.stat(`${fs.root}/${mode}`)).mode & 0o777, mode & ~process.umask());
    }
  },
  'directories: more than a thousand entries, none lost, none twice': async (fs) => {
    const expected = Array.from({ length: 1_500 }, (_, index) => `entry-${String(index).padStart(5, '0')}`);
    for (let at = 0; at < expected.length; at += 50) {
      await Promise.all(expected.slice(at, at + 50).map((name) => write(fs, `${fs.root}/${name}`, '')));
    }
    assert.deepEqual(await names(fs, fs.root), expected);
  },
  'directories: entries that stay are always listed while others come and go': async (fs) => {
    const staying = Array.from({ length: 300 }, (_, index) => `stay-${String(index).padStart(4, '0')}`);
    for (const name of staying) await write(fs, `${fs.root}/${name}`, '');
    let running = true;
    const churn = (async () => {
      for (let round = 0; running; round += 1) {
        await write(fs, `${fs.root}/go-${round}`, '');
        await fs.rename(`${fs.root}/go-${round}`, `${fs.root}/gone-${round}`);
        await fs.unlink(`${fs.root}/gone-${round}`);
      }
    })();
    churn.catch(() => undefined);
    try {
      for (let round = 0; round < 10; round += 1) {
        const listed = (await names(fs, fs.root)).filter((name) => name.startsWith('stay-'));
        assert.deepEqual(listed, staying);
      }
    } finally {
      running = false;
      await churn;
    }
  },
  'directories: a directory emptied while it is listed can be removed': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    for (let index = 0; index < 100; index += 1) await write(fs, `${fs.root}/d/${index}`, '');
    for (const name of await names(fs, `${fs.root}/d`)) await fs.unlink(`${fs.root}/d/${name}`);
    await fs.rmdir(`${fs.root}/d`);
    assert.equal(await exists(fs, `${fs.root}/d`), false);
  },
  'directories: link count counts subdirectories': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    const before = (await fs.stat(`${fs.root}/d`)).nlink;
    await fs.mkdir(`${fs.root}/d/one`);
    await fs.mkdir(`${fs.root}/d/two`);
    // Some filesystems always say 1; those that count must count right.
    const grown = (await fs.stat(`${fs.root}/d`)).nlink;
    if (before === 1) assert.equal(grown, 1);
    else assert.equal(grown, before + 2);
    await fs.rmdir(`${fs.root}/d/one`);
    if (before !== 1) assert.equal((await fs.stat(`${fs.root}/d`)).nlink, before + 1);
  },
  'directories: making and removing entries moves the directory time on': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await fs.utimes(`${fs.root}/d`, 1_000_000, 1_000_000);
    assert.equal((await fs.stat(`${fs.root}/d`)).mtimeMs, 1_000_000_000);
    await write(fs, `${fs.root}/d/a`, '');
    const made = (await fs.stat(`${fs.root}/d`)).mtimeMs;
    assert.ok(made > 1_000_000_000);
    await fs.utimes(`${fs.root}/d`, 1_000_000, 1_000_000);
    await fs.unlink(`${fs.root}/d/a`);
    assert.ok((await fs.stat(`${fs.root}/d`)).mtimeMs > 1_000_000_000);
  },
  'directories: a removed name can be made again as something else': async (fs) => {
    const path = `${fs.root}/x`;
    for (let round = 0; round < 5; round += 1) {
      await write(fs, path, 'file');
      await fs.unlink(path);
      await fs.mkdir(path);
      await fs.rmdir(path);
      await fs.symlink('target', path);
      await fs.unlink(path);
    }
    assert.equal(await exists(fs, path), false);
  },
};
