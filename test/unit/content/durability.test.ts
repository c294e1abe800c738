import { execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openContent } from '../../../src/content/index.ts';
import { expectCode } from '../../contract/content-suite.ts';
import { eventually } from '../../helpers/eventually.ts';
import { canMount, withSmallDisk } from '../../helpers/small-disk.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

describe('staging', () => {
  it('is beside the content directory and empty after every kind of change', async () => {
    const store = await openContent(join(dir.path, 'content'));
    await store.write('a', 'x');
    await store.write('b', 'x', { exclusive: true });
    await store.write('b', 'y', { exclusive: true }).catch(() => undefined);
    await store.mkdir('d/e');
    await store.write('d', 'not over a directory').catch(() => undefined);
    await store.remove('d', { recursive: true });
    expect(await readdir(join(dir.path, 'staging'))).toEqual([]);
    expect((await store.list('')).map((entry) => entry.name)).toEqual(['a', 'b']);
  });

  it('loses at open what a dead process left, files and directories, and nothing else', async () => {
    const staging = join(dir.path, 'elsewhere');
    await mkdir(join(staging, '.vikingfs-00ff.tmp/sub'), { recursive: true });
    await writeFile(join(staging, '.vikingfs-00aa.tmp'), 'half');
    await writeFile(join(staging, 'not-ours'), 'kept');
    await openContent(join(dir.path, 'content'), { stagingDir: staging });
    expect(await readdir(staging)).toEqual(['not-ours']);
  });

  it('removes directories deeper than any path can say, at once and at open', async () => {
    const deepen = `const fs = require('node:fs');
      for (let depth = 0; depth < 60; depth++) { fs.mkdirSync('${'d'.repeat(200)}'); process.chdir('${'d'.repeat(200)}'); }
      fs.writeFileSync('bottom', 'x');`;
    const store = await openContent(join(dir.path, 'content'));
    await store.mkdir('deep');
    execFileSync(process.execPath, ['-e', deepen], { cwd: join(dir.path, 'content/deep') });
    expect(await store.remove('deep', { recursive: true })).toBe(62);
    const left = join(dir.path, 'staging/.vikingfs-00ff.tmp');
    await mkdir(left);
    execFileSync(process.execPath, ['-e', deepen], { cwd: left });
    await openContent(join(dir.path, 'content'));
    expect(await readdir(join(dir.path, 'staging'))).toEqual([]);
  });

  it('keeps the mode of a file it replaces', async () => {
    const store = await openContent(join(dir.path, 'content'));
    await store.write('run.sh', '#!/bin/sh\n');
    await chmod(store.resolve('run.sh'), 0o750);
    await store.write('run.sh', '#!/bin/sh\ntrue\n');
    expect((await stat(store.resolve('run.sh'))).mode & 0o777).toBe(0o750);
  });
});

describe('special files', () => {
  it('does not wait for the writer of a pipe', async () => {
    const store = await openContent(join(dir.path, 'content'));
    execFileSync('mkfifo', [store.resolve('pipe')]);
    expect((await store.stat('pipe'))?.kind).toBe('other');
    await expectCode(store.read('pipe'), 'INVALID_ARGUMENT', 'pipe');
    await expect(store.append('pipe', 'x')).rejects.toThrow('pipe');
    expect(await store.remove('pipe')).toBe(1);
  });

  it('removes directories with names that are not UTF-8', async () => {
    const store = await openContent(join(dir.path, 'content'));
    await store.mkdir('d');
    await writeFile(Buffer.concat([Buffer.from(`${store.resolve('d')}/`), Buffer.from([0xff, 0xfe])]), 'x');
    expect(await store.list('d')).toEqual([]);
    expect(await store.remove('d', { recursive: true })).toBe(2);
    expect(await store.stat('d')).toBeUndefined();
  });
});

describe('a killed writer', () => {
  it('leaves one of the versions it wrote, never a part', async () => {
    const content = join(dir.path, 'content');
    const program = `
      import { openContent } from '${new URL('../../../src/content/index.ts', import.meta.url).pathname}';
      const store = await openContent(${JSON.stringify(content)});
      for (let round = 0; ; round += 1) {
        await store.write('f', String(round % 10).repeat(1_000_000));
        process.stdout.write('.');
      }`;
    const script = join(dir.path, 'writer.mts');
    await writeFile(script, program);
    for (let kill = 0; kill < 3; kill += 1) {
      const child = spawn(process.execPath, ['--import', 'tsx', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let written = 0;
      child.stdout.on('data', (dots: Buffer) => {
        written += dots.length;
      });
      const gone = new Promise((resolve) => child.once('exit', resolve));
      await eventually(() => written >= 3 + kill * 2, { timeoutMs: 15_000, what: 'the writer to write' });
      child.kill('SIGKILL');
      await gone;
      const text = await readFile(join(content, 'f'), 'utf8');
      expect(text).toHaveLength(1_000_000);
      expect(text).toBe(text[0]!.repeat(1_000_000));
    }
    await openContent(content);
    expect(await readdir(join(dir.path, 'staging'))).toEqual([]);
  });
});

describe.skipIf(!canMount)('a small disk (needs root and the right to mount)', () => {
  it('is full: NO_SPACE, the old files as they were, nothing half-written', async () => {
    const disk = join(dir.path, 'disk');
    await withSmallDisk(disk, 1_048_576, async () => {
      const store = await openContent(join(disk, 'content'));
      await store.write('old', 'old'.repeat(1_000));
      await store.write('log', 'first line\n');
      const tooMuch = Buffer.alloc(2_000_000, 'x');
      await expectCode(store.write('old', tooMuch), 'NO_SPACE', 'old');
      await expectCode(store.write('new', tooMuch), 'NO_SPACE', 'new');
      await expectCode(store.write('new', tooMuch, { exclusive: true }), 'NO_SPACE', 'new');
      await expectCode(store.append('log', tooMuch), 'NO_SPACE', 'log');
      expect((await store.read('old')).toString()).toBe('old'.repeat(1_000));
      expect((await store.read('log')).toString()).toBe('first line\n');
      expect((await store.list('')).map((entry) => entry.name)).toEqual(['log', 'old']);
      expect(await readdir(join(disk, 'staging'))).toEqual([]);
      await store.write('new', 'fits');
    });
  });

  it('holds the content but not staging: writes stage beside their target', async () => {
    const content = join(dir.path, 'content');
    await withSmallDisk(content, 1_048_576, async () => {
      const store = await openContent(content);
      await store.mkdir('d/e');
      await store.write('d/f', 'one');
      await store.write('d/f', 'two');
      await store.write('d/e/g', 'three', { exclusive: true });
      await expectCode(store.write('d/e/g', 'four', { exclusive: true }), 'ALREADY_EXISTS');
      expect((await store.read('d/f')).toString()).toBe('two');
      expect(await readdir(join(content, 'd'))).toEqual(['e', 'f']);
      await writeFile(join(content, 'd/e/.vikingfs-dead.tmp'), 'half');
      const again = await openContent(content);
      expect(await readdir(join(content, 'd/e'))).toEqual(['g']);
      expect(await again.remove('d', { recursive: true })).toBe(4);
      expect(await again.list('')).toEqual([]);
    });
  });

  it('mounted inside of the content directory is another device for moves', async () => {
    const store = await openContent(join(dir.path, 'content'));
    await withSmallDisk(store.resolve('disk'), 1_048_576, async () => {
      await store.write('f', 'x');
      await store.write('disk/g', 'beside its target');
      await expectCode(store.move('f', 'disk/f'), 'CROSS_DEVICE', 'disk/f');
      expect((await store.read('f')).toString()).toBe('x');
    });
  });
});
