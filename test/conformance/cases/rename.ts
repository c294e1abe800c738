import assert from 'node:assert/strict';
import type { Case } from '../posix-fs.ts';
import { exists, fails, names, O_CREAT, O_RDONLY, O_RDWR, O_WRONLY, read, write } from './support.ts';

export const renameCases: Record<string, Case> = {
  'rename: a file keeps content, inode and mode': async (fs) => {
    await write(fs, `${fs.root}/a`, 'content');
    await fs.chmod(`${fs.root}/a`, 0o600);
    const before = await fs.stat(`${fs.root}/a`);
    await fs.rename(`${fs.root}/a`, `${fs.root}/b`);
    const after = await fs.stat(`${fs.root}/b`);
    assert.equal(await read(fs, `${fs.root}/b`), 'content');
    assert.deepEqual([after.ino, after.mode], [before.ino, before.mode]);
    assert.equal(await exists(fs, `${fs.root}/a`), false);
  },
  'rename: over an existing file replaces it': async (fs) => {
    await write(fs, `${fs.root}/a`, 'new');
    await write(fs, `${fs.root}/b`, 'old and longer');
    await fs.rename(`${fs.root}/a`, `${fs.root}/b`);
    assert.equal(await read(fs, `${fs.root}/b`), 'new');
    assert.deepEqual(await names(fs, fs.root), ['b']);
  },
  'rename: over an open file leaves its reader the old content': async (fs) => {
    await write(fs, `${fs.root}/new`, 'new');
    await write(fs, `${fs.root}/target`, 'old');
    const reader = await fs.open(`${fs.root}/target`, O_RDONLY);
    await fs.rename(`${fs.root}/new`, `${fs.root}/target`);
    assert.equal((await reader.read(10, 0)).toString(), 'old');
    assert.equal(await read(fs, `${fs.root}/target`), 'new');
    await reader.close();
    assert.deepEqual(await names(fs, fs.root), ['target']);
  },
  'rename: an open file is written on under its new name': async (fs) => {
    const file = await fs.open(`${fs.root}/a`, O_RDWR | O_CREAT);
    await file.write('one ', 0);
    await fs.rename(`${fs.root}/a`, `${fs.root}/b`);
    await file.write('two', 4);
    assert.equal((await file.stat()).size, 7);
    await file.close();
    assert.equal(await read(fs, `${fs.root}/b`), 'one two');
  },
  'rename: how editors save: write beside, rename over, a hundred times': async (fs) => {
    for (let round = 0; round < 100; round += 1) {
      await write(fs, `${fs.root}/.doc.tmp`, `version ${round}`);
      await fs.rename(`${fs.root}/.doc.tmp`, `${fs.root}/doc`);
      assert.equal(await read(fs, `${fs.root}/doc`), `version ${round}`);
    }
    assert.deepEqual(await names(fs, fs.root), ['doc']);
  },
  'rename: a reader of the name always finds one version or the other': async (fs) => {
    const size = 20_000;
    await write(fs, `${fs.root}/doc`, 'a'.repeat(size));
    let running = true;
    const reader = (async () => {
      let seen = 0;
      for (; running; seen += 1) {
        const text = await read(fs, `${fs.root}/doc`);
        assert.equal(text.length, size);
        assert.ok(text === text[0]!.repeat(size), 'a mixture of two versions');
      }
      return seen;
    })();
    reader.catch(() => undefined);
    try {
      for (let round = 0; round < 60; round += 1) {
        await write(fs, `${fs.root}/tmp`, 'abcdefgh'[round % 8]!.repeat(size));
        await fs.rename(`${fs.root}/tmp`, `${fs.root}/doc`);
      }
    } finally {
      running = false;
    }
    assert.ok((await reader) > 0);
  },
  'rename: into another directory': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/a`, 'x');
    await fs.rename(`${fs.root}/a`, `${fs.root}/d/a`);
    assert.deepEqual(await names(fs, fs.root), ['d']);
    assert.equal(await read(fs, `${fs.root}/d/a`), 'x');
  },
  'rename: a directory takes everything below it': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await fs.mkdir(`${fs.root}/d/sub`);
    await write(fs, `${fs.root}/d/sub/a`, 'x');
    const file = await fs.open(`${fs.root}/d/sub/a`, O_RDWR);
    await fs.rename(`${fs.root}/d`, `${fs.root}/e`);
    await file.write('y', 1);
    await file.close();
    assert.equal(await read(fs, `${fs.root}/e/sub/a`), 'xy');
    assert.equal(await exists(fs, `${fs.root}/d`), false);
  },
  'rename: a directory over an empty one': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/d/a`, 'x');
    await fs.mkdir(`${fs.root}/empty`);
    await fs.rename(`${fs.root}/d`, `${fs.root}/empty`);
    assert.deepEqual(await names(fs, `${fs.root}/empty`), ['a']);
  },
  'rename: a directory over a full one is ENOTEMPTY': async (fs) => {
    for (const name of ['d', 'full']) {
      await fs.mkdir(`${fs.root}/${name}`);
      await write(fs, `${fs.root}/${name}/${name}`, 'x');
    }
    await fails(fs.rename(`${fs.root}/d`, `${fs.root}/full`), 'ENOTEMPTY', 'EEXIST');
    assert.deepEqual(await names(fs, `${fs.root}/full`), ['full']);
  },
  'rename: a file over a directory is EISDIR, a directory over a file ENOTDIR': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/f`, 'x');
    await fails(fs.rename(`${fs.root}/f`, `${fs.root}/d`), 'EISDIR', 'EEXIST');
    await fails(fs.rename(`${fs.root}/d`, `${fs.root}/f`), 'ENOTDIR');
    assert.equal(await read(fs, `${fs.root}/f`), 'x');
  },
  'rename: a directory into itself is EINVAL': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await fails(fs.rename(`${fs.root}/d`, `${fs.root}/d/below`), 'EINVAL');
  },
  'rename: onto itself changes nothing': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.rename(`${fs.root}/a`, `${fs.root}/a`);
    assert.equal(await read(fs, `${fs.root}/a`), 'x');
  },
  'rename: between two names of one file leaves both': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.link(`${fs.root}/a`, `${fs.root}/b`);
    await fs.rename(`${fs.root}/a`, `${fs.root}/b`);
    assert.deepEqual(await names(fs, fs.root), ['a', 'b']);
  },
  'rename: a symlink is moved, not what it points to': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fs.symlink('a', `${fs.root}/l`);
    await fs.rename(`${fs.root}/l`, `${fs.root}/m`);
    assert.equal(await fs.readlink(`${fs.root}/m`), 'a');
    assert.equal(await read(fs, `${fs.root}/a`), 'x');
  },
  'rename: a new file under the old name is another file': async (fs) => {
    await write(fs, `${fs.root}/log`, 'first');
    const old = await fs.open(`${fs.root}/log`, O_WRONLY);
    await fs.rename(`${fs.root}/log`, `${fs.root}/log.1`);
    await write(fs, `${fs.root}/log`, 'second');
    await old.write('FIRST', 0);
    await old.close();
    assert.equal(await read(fs, `${fs.root}/log`), 'second');
    assert.equal(await read(fs, `${fs.root}/log.1`), 'FIRST');
  },
};
