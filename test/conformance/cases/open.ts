import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFs } from '../node-fs.ts';
import type { Case, PosixFs } from '../posix-fs.ts';
import {
  errnoName,
  fails,
  names,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  read,
  write,
} from './support.ts';

const ACCESS = { O_RDONLY, O_WRONLY, O_RDWR };
const EXTRA = { O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW };

/** What an open meets. Each is made anew for every combination of flags. */
const TARGETS: Record<string, (fs: PosixFs, dir: string) => Promise<string>> = {
  missing: async (_fs, dir) => `${dir}/missing`,
  file: async (fs, dir) => {
    await write(fs, `${dir}/file`, 'content');
    return `${dir}/file`;
  },
  directory: async (fs, dir) => {
    await fs.mkdir(`${dir}/directory`);
    return `${dir}/directory`;
  },
  'symlink to a file': async (fs, dir) => {
    await write(fs, `${dir}/target`, 'content');
    await fs.symlink('target', `${dir}/link`);
    return `${dir}/link`;
  },
  'dangling symlink': async (fs, dir) => {
    await fs.symlink('nowhere', `${dir}/dangling`);
    return `${dir}/dangling`;
  },
  'in a missing directory': async (_fs, dir) => `${dir}/no/file`,
  'below a file': async (fs, dir) => {
    await write(fs, `${dir}/file`, 'content');
    return `${dir}/file/below`;
  },
};

interface Combination {
  readonly text: string;
  readonly flags: number;
}

function combinations(): Combination[] {
  const extras = Object.entries(EXTRA);
  return Object.entries(ACCESS).flatMap(([access, base]) =>
    Array.from({ length: 2 ** extras.length }, (_, bits) => {
      const chosen = extras.filter((_, index) => (bits & (1 << index)) !== 0);
      return {
        text: [access, ...chosen.map(([name]) => name)].join('|'),
        flags: chosen.reduce((flags, [, flag]) => flags | flag, base),
      };
    }),
  );
}

/** The outcome of one open, with what is left behind: an errno, or what reading and writing through it do. */
async function outcome(fs: PosixFs, dir: string, target: string, flags: number): Promise<string> {
  await fs.mkdir(dir);
  const path = await TARGETS[target]!(fs, dir);
  let result: string;
  try {
    const file = await fs.open(path, flags, 0o644);
    const wrote = await file.write('W', null).then(String, errnoName);
    const got = await file.read(16, 0).then(String, errnoName);
    await file.close();
    result = `open, write ${wrote}, read ${got}`;
  } catch (error) {
    result = errnoName(error);
  }
  const left = await fs
    .stat(path)
    .then(
      (stat) =>
        `${(stat.mode & 0o170000).toString(8)} ${(stat.mode & 0o170000) === 0o100000 ? stat.size : ''}`,
      errnoName,
    );
  return `${result}; then ${left}; ${(await names(fs, dir)).join(' ')}`;
}

async function matrix(fs: PosixFs, target: string): Promise<void> {
  const oracleRoot = await realpath(await mkdtemp(join(tmpdir(), `vikingfs-${process.pid}-oracle-`)));
  const oracle = nodeFs(oracleRoot);
  try {
    const different: string[] = [];
    for (const [index, { text, flags }] of combinations().entries()) {
      const expected = await outcome(oracle, `${oracleRoot}/${index}`, target, flags);
      const actual = await outcome(fs, `${fs.root}/${index}`, target, flags);
      if (actual !== expected) different.push(`${text}: expected "${expected}", got "${actual}"`);
    }
    assert.deepEqual(different, []);
  } finally {
    await rm(oracleRoot, { recursive: true, force: true });
  }
}

const matrices = Object.fromEntries(
  Object.keys(TARGETS).map((target): [string, Case] => [
    `open: every combination of flags on ${target} answers as the operating system does`,
    (fs) => matrix(fs, target),
  ]),
);

export const openCases: Record<string, Case> = {
  ...matrices,
  'open: O_CREAT makes a file with the mode given, less the umask': async (fs) => {
    const path = `${fs.root}/a`;
    await (await fs.open(path, O_WRONLY | O_CREAT, 0o640)).close();
    assert.equal((await fs.stat(path)).mode & 0o7777, 0o640 & ~process.umask());
  },
  'open: a file made without write permission can still be written by its maker': async (fs) => {
    const path = `${fs.root}/object`;
    const file = await fs.open(path, O_RDWR | O_CREAT | O_EXCL, 0o444);
    await file.write('object', 0);
    await file.close();
    assert.equal(await read(fs, path), 'object');
    assert.equal((await fs.stat(path)).mode & 0o777, 0o444);
  },
  'open: O_EXCL lets one of two makers win': async (fs) => {
    const path = `${fs.root}/lock`;
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => fs.open(path, O_WRONLY | O_CREAT | O_EXCL)),
    );
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    assert.equal(won.length, 1);
    await won[0]!.value.close();
    for (const attempt of attempts)
      if (attempt.status === 'rejected') assert.equal(errnoName(attempt.reason), 'EEXIST');
  },
  'open: O_TRUNC empties a file and keeps its inode': async (fs) => {
    const path = `${fs.root}/a`;
    await write(fs, path, 'long content');
    const before = await fs.stat(path);
    await (await fs.open(path, O_WRONLY | O_TRUNC)).close();
    const after = await fs.stat(path);
    assert.equal(after.size, 0);
    assert.equal(after.ino, before.ino);
  },
  'open: a trailing slash on a file is refused': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    await fails(fs.open(`${fs.root}/a/`, O_RDONLY), 'ENOTDIR');
  },
  'open: many files at once, each with its own content': async (fs) => {
    const paths = Array.from({ length: 200 }, (_, index) => `${fs.root}/f${index}`);
    for (const path of paths) await write(fs, path, path);
    const files = await Promise.all(paths.map((path) => fs.open(path, O_RDONLY)));
    for (const [index, file] of files.entries()) {
      assert.equal((await file.read(4_096, 0)).toString(), paths[index]);
      await file.close();
    }
  },
};
