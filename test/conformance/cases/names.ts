import assert from 'node:assert/strict';
import type { Case } from '../posix-fs.ts';
import { exists, fails, names, O_CREAT, O_RDONLY, O_WRONLY, read, write } from './support.ts';

const HARD_NAMES = [
  'with space',
  ' leading and trailing ',
  'ünïcödé',
  'e\u0301 decomposed',
  '日本語のファイル.md',
  '🗻🌋',
  'עברית',
  'new\nline',
  'tab\there',
  '"quotes\'',
  '-rf',
  '*?[a-z]',
  '$(touch x)`id`',
  'back\\slash',
  '%2F%00',
  '...',
  '.hidden',
  'trailing.',
  'CON',
  '\u0001control\u007f',
];

export const nameCases: Record<string, Case> = {
  'names: 255 bytes fit': async (fs) => {
    for (const name of ['n'.repeat(255), `${'é'.repeat(127)}n`, '日'.repeat(85)]) {
      assert.equal(Buffer.byteLength(name), 255);
      await write(fs, `${fs.root}/${name}`, name);
      assert.equal(await read(fs, `${fs.root}/${name}`), name);
    }
    assert.equal((await names(fs, fs.root)).length, 3);
  },
  'names: 256 bytes are too many, whatever is done': async (fs) => {
    const long = `${fs.root}/${'n'.repeat(256)}`;
    const wide = `${fs.root}/${'日'.repeat(86)}`;
    await write(fs, `${fs.root}/a`, '');
    for (const path of [long, wide]) {
      await fails(fs.open(path, O_WRONLY | O_CREAT), 'ENAMETOOLONG');
      await fails(fs.open(path, O_RDONLY), 'ENAMETOOLONG');
      await fails(fs.stat(path), 'ENAMETOOLONG');
      await fails(fs.mkdir(path), 'ENAMETOOLONG');
      await fails(fs.rename(`${fs.root}/a`, path), 'ENAMETOOLONG');
      await fails(fs.symlink('a', path), 'ENAMETOOLONG');
      await fails(fs.link(`${fs.root}/a`, path), 'ENAMETOOLONG');
      await fails(fs.unlink(path), 'ENAMETOOLONG');
    }
  },
  'names: every kind of text is kept byte for byte': async (fs) => {
    for (const name of HARD_NAMES) {
      await write(fs, `${fs.root}/${name}`, name);
      assert.equal(await read(fs, `${fs.root}/${name}`), name);
    }
    assert.deepEqual(await names(fs, fs.root), [...HARD_NAMES].sort());
    for (const name of HARD_NAMES) await fs.unlink(`${fs.root}/${name}`);
    assert.deepEqual(await names(fs, fs.root), []);
  },
  'names: directories take hard names too': async (fs) => {
    for (const name of HARD_NAMES) {
      await fs.mkdir(`${fs.root}/${name}`);
      await write(fs, `${fs.root}/${name}/in`, name);
      assert.equal(await read(fs, `${fs.root}/${name}/in`), name);
    }
    assert.equal((await names(fs, fs.root)).length, HARD_NAMES.length);
  },
  'names: upper and lower case, composed and decomposed are different': async (fs) => {
    const different = ['Readme', 'README', 'readme', '\u00e9', 'e\u0301'];
    for (const name of different) await write(fs, `${fs.root}/${name}`, name);
    for (const name of different) assert.equal(await read(fs, `${fs.root}/${name}`), name);
  },
  'names: repeated and trailing slashes do not matter for directories': async (fs) => {
    await fs.mkdir(`${fs.root}/d`);
    await write(fs, `${fs.root}/d/a`, 'x');
    assert.equal(await read(fs, `${fs.root}//d///a`), 'x');
    assert.deepEqual(await names(fs, `${fs.root}/d/`), ['a']);
  },
  'names: a deep path': async (fs) => {
    let path = fs.root;
    for (let depth = 0; depth < 40; depth += 1) {
      path += `/level-${depth}`;
      await fs.mkdir(path);
    }
    await write(fs, `${path}/leaf`, 'deep');
    assert.equal(await read(fs, `${path}/leaf`), 'deep');
    assert.equal(await exists(fs, `${path}/none`), false);
  },
  'names: a missing name is ENOENT for every call': async (fs) => {
    const path = `${fs.root}/none`;
    await fails(fs.open(path, O_RDONLY), 'ENOENT');
    await fails(fs.stat(path), 'ENOENT');
    await fails(fs.lstat(path), 'ENOENT');
    await fails(fs.readdir(path), 'ENOENT');
    await fails(fs.readlink(path), 'ENOENT');
    await fails(fs.unlink(path), 'ENOENT');
    await fails(fs.rmdir(path), 'ENOENT');
    await fails(fs.rename(path, `${fs.root}/other`), 'ENOENT');
    await fails(fs.link(path, `${fs.root}/other`), 'ENOENT');
    await fails(fs.chmod(path, 0o600), 'ENOENT');
    await fails(fs.utimes(path, 1, 1), 'ENOENT');
    await fails(fs.mkdir(`${path}/below`), 'ENOENT');
    await fails(fs.symlink('x', `${path}/below`), 'ENOENT');
  },
  'names: a file in the middle of a path is ENOTDIR for every call': async (fs) => {
    await write(fs, `${fs.root}/file`, 'x');
    const path = `${fs.root}/file/below`;
    await fails(fs.open(path, O_RDONLY), 'ENOTDIR');
    await fails(fs.open(path, O_WRONLY | O_CREAT), 'ENOTDIR');
    await fails(fs.stat(path), 'ENOTDIR');
    await fails(fs.readdir(path), 'ENOTDIR');
    await fails(fs.mkdir(path), 'ENOTDIR');
    await fails(fs.unlink(path), 'ENOTDIR');
    await fails(fs.rmdir(path), 'ENOTDIR');
    await fails(fs.rename(`${fs.root}/file`, path), 'ENOTDIR');
  },
};
