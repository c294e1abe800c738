import assert from 'node:assert/strict';
import type { Case } from '../posix-fs.ts';
import { fails, names, O_CREAT, O_RDONLY, O_RDWR, O_WRONLY, read, write } from './support.ts';

export const linkCases: Record<string, Case> = {
  'links: two names, one file': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.link(`${fs.root}/a`, `${fs.root}/b`);
    const [a, b] = [await fs.stat(`${fs.root}/a`), await fs.stat(`${fs.root}/b`)];
    assert.deepEqual([a.nlink, b.nlink], [2, 2]);
  },
  'links: a write through one name is the size of the other at once': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.link(`${fs.root}/a`, `${fs.root}/b`);
    assert.equal((await fs.stat(`${fs.root}/b`)).size, 1);
    await write(fs, `${fs.root}/a`, 'much longer');
    assert.equal((await fs.stat(`${fs.root}/b`)).size, 11);
    assert.equal(await read(fs, `${fs.root}/b`), 'much longer');
  },
  'links: the count falls when a name goes, and the content stays': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.link(`${fs.root}/a`, `${fs.root}/b`);
    await fs.unlink(`${fs.root}/a`);
    assert.equal((await fs.stat(`${fs.root}/b`)).nlink, 1);
    assert.equal(await read(fs, `${fs.root}/b`), 'x');
  },
  'links: onto a taken name is EEXIST, of a directory EPERM': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await write(fs, `${fs.root}/b`, 'y');
    await fs.mkdir(`${fs.root}/d`);
    await fails(fs.link(`${fs.root}/a`, `${fs.root}/b`), 'EEXIST');
    await fails(fs.link(`${fs.root}/d`, `${fs.root}/e`), 'EPERM');
  },
  'links: a symlink keeps its text, whatever it is': async (fs) => {
    const targets = ['a', '../up', '/etc/passwd', 'nowhere/at all', 'ünï', './././x', 't'.repeat(1_000)];
    for (const [index, target] of targets.entries()) {
      await fs.symlink(target, `${fs.root}/l${index}`);
      assert.equal(await fs.readlink(`${fs.root}/l${index}`), target);
      const stat = await fs.lstat(`${fs.root}/l${index}`);
      assert.equal(stat.mode & 0o170000, 0o120000);
      assert.equal(stat.size, Buffer.byteLength(target));
    }
  },
  'links: a symlink is followed to a file and to a directory': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/d/a`, 'x');
    await fs.symlink('d', `${fs.root}/to-d`);
    await fs.symlink('../d/a', `${fs.root}/d/to-a`);
    assert.equal(await read(fs, `${fs.root}/to-d/a`), 'x');
    assert.equal(await read(fs, `${fs.root}/d/to-a`), 'x');
    await write(fs, `${fs.root}/d/to-a`, 'through the link');
    assert.equal(await read(fs, `${fs.root}/d/a`), 'through the link');
  },
  'links: a dangling symlink is ENOENT, and writing through it makes its target': async (fs) => {
    await fs.symlink('later', `${fs.root}/l`);
    await fails(fs.open(`${fs.root}/l`, O_RDONLY), 'ENOENT');
    await fails(fs.stat(`${fs.root}/l`), 'ENOENT');
    await (await fs.open(`${fs.root}/l`, O_WRONLY | O_CREAT)).close();
    assert.deepEqual(await names(fs, fs.root), ['l', 'later']);
  },
  'links: a symlink to itself is ELOOP': async (fs) => {
    await fs.symlink('self', `${fs.root}/self`);
    await fs.symlink('pong', `${fs.root}/ping`);
    await fs.symlink('ping', `${fs.root}/pong`);
    await fails(fs.open(`${fs.root}/self`, O_RDONLY), 'ELOOP');
    await fails(fs.stat(`${fs.root}/ping`), 'ELOOP');
    await fails(fs.open(`${fs.root}/pong/below`, O_RDONLY), 'ELOOP');
  },
  'links: unlink removes the symlink only, and readlink of a file is EINVAL': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.symlink('a', `${fs.root}/l`);
    await fs.unlink(`${fs.root}/l`);
    assert.deepEqual(await names(fs, fs.root), ['a']);
    await fails(fs.readlink(`${fs.root}/a`), 'EINVAL');
    await fs.mkdir(`${fs.root}/d`);
    await fails(fs.readlink(`${fs.root}/d`), 'EINVAL');
  },
  'links: a symlink onto a taken name is EEXIST': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fails(fs.symlink('b', `${fs.root}/a`), 'EEXIST');
  },
  'links: an unlinked file lives on in its open files': async (fs) => {
    await write(fs, `${fs.root}/a`, 'still here');
    const file = await fs.open(`${fs.root}/a`, O_RDWR);
    await fs.unlink(`${fs.root}/a`);
    assert.deepEqual(await names(fs, fs.root), []);
    assert.equal((await file.read(20, 0)).toString(), 'still here');
    await file.write('STILL', 0);
    await file.write(', and longer', 10);
    assert.equal((await file.read(30, 0)).toString(), 'STILL here, and longer');
    assert.equal((await file.stat()).size, 22);
    await file.truncate(5);
    assert.equal((await file.stat()).size, 5);
    await file.close();
    assert.deepEqual(await names(fs, fs.root), []);
  },
  'links: an unlinked open file has no links': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    const file = await fs.open(`${fs.root}/a`, O_RDWR);
    await fs.unlink(`${fs.root}/a`);
    assert.equal((await file.stat()).nlink, 0);
    await file.close();
  },
  'links: a directory whose last file is unlinked but open can be removed': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/d/a`, 'x');
    const file = await fs.open(`${fs.root}/d/a`, O_RDONLY);
    await fs.unlink(`${fs.root}/d/a`);
    await fs.rmdir(`${fs.root}/d`);
    assert.equal((await file.read(1, 0)).toString(), 'x');
    await file.close();
  },
  'links: a new file under an unlinked open name is another file': async (fs) => {
    await write(fs, `${fs.root}/a`, 'old');
    const old = await fs.open(`${fs.root}/a`, O_RDWR);
    await fs.unlink(`${fs.root}/a`);
    await write(fs, `${fs.root}/a`, 'new');
    await old.write('OLD', 0);
    assert.equal((await old.read(3, 0)).toString(), 'OLD');
    await old.close();
    assert.equal(await read(fs, `${fs.root}/a`), 'new');
  },
};
