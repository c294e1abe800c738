import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import {
  type ContentStore,
  type ContentWatcher,
  openContent,
  watchContent,
} from '../../../src/content/index.ts';
import { WatchedTree } from '../../../src/content/watch/watched-tree.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const canLimitWatches = namespacesWork();

let dir: TempDir;
let store: ContentStore;
let watcher: ContentWatcher | undefined;
let batches: (readonly string[])[];

beforeEach(async () => {
  dir = await tempDir();
  store = await openContent(join(dir.path, 'content'));
  batches = [];
});
afterEach(async () => {
  await watcher?.close();
  watcher = undefined;
  await dir.remove();
});

async function start(): Promise<void> {
  watcher = watchContent(store, { log: silentLogger, onChange: (paths) => batches.push(paths) });
  await watcher.ready;
}

/** Changes the file `marker` and waits until that is told: by then everything before it was told as well. */
async function told(): Promise<string[]> {
  writeFileSync(at('marker'), `${Math.random()}`);
  await eventually(() => batches.some((batch) => batch.includes('marker')), { what: 'the marker' });
  const paths = batches.flat().filter((path) => path !== 'marker');
  batches = [];
  return [...new Set(paths)].sort();
}

/** Asserts that every path of `paths` is told, itself or by a directory above it. */
function covers(found: readonly string[], paths: readonly string[]): void {
  const missing = paths.filter((path) => !found.some((one) => path === one || path.startsWith(`${one}/`)));
  expect(missing, `told: ${found.join(' ')}`).toEqual([]);
}

const at = (path: string): string => store.resolve(path);

describe('changes behind our back', () => {
  it('are told: a file made, edited, moved and removed', async () => {
    await store.mkdir('a/b');
    await start();
    writeFileSync(at('a/b/f.md'), 'x');
    expect(await told()).toEqual(['a/b/f.md']);
    writeFileSync(at('a/b/f.md'), 'edited', { flag: 'a' });
    expect(await told()).toEqual(['a/b/f.md']);
    renameSync(at('a/b/f.md'), at('a/g.md'));
    expect(await told()).toEqual(['a/b/f.md', 'a/g.md']);
    rmSync(at('a/g.md'));
    expect(await told()).toEqual(['a/g.md']);
  });

  it('are told once however often a file changes, in one batch with others', async () => {
    await start();
    for (let round = 0; round < 50; round += 1) writeFileSync(at('f'), `${round}`);
    for (let index = 0; index < 20; index += 1) writeFileSync(at(`g${index}`), 'x');
    await eventually(() => batches.length > 0, { what: 'a batch' });
    expect(batches).toHaveLength(1);
    expect(batches[0]).toHaveLength(21);
    expect([...batches[0]!]).toEqual([...batches[0]!].sort());
  });

  it('are told while they never pause', async () => {
    await start();
    const writing = setInterval(() => writeFileSync(at('busy'), `${Math.random()}`), 5);
    try {
      await eventually(() => batches.length >= 2, { timeoutMs: 5_000, what: 'two batches without a pause' });
    } finally {
      clearInterval(writing);
    }
  });

  it('are told of hidden files, not of staging and not inside of hidden directories', async () => {
    await store.mkdir('docs/.git/objects');
    await start();
    writeFileSync(at('docs/.abstract.md'), 'pinned');
    writeFileSync(at('docs/.vikingfs-0011.tmp'), 'half');
    rmSync(at('docs/.vikingfs-0011.tmp'));
    writeFileSync(at('docs/.git/objects/x'), 'x');
    expect(await told()).toEqual(['docs/.abstract.md']);
    await store.write('docs/f', 'by our own atomic write');
    expect(await told()).toEqual(['docs/f']);
    rmSync(at('docs/.git'), { recursive: true });
    expect(await told()).toEqual(['docs/.git']);
  });

  it('end with close', async () => {
    await start();
    await watcher!.close();
    writeFileSync(at('late'), 'x');
    expect(inotifyWatches()).toBe(0);
    expect(batches).toEqual([]);
  });
});

describe('whole directories', () => {
  it('that appear are one path, and are watched by then', async () => {
    await start();
    mkdirSync(at('new/deep/er'), { recursive: true });
    writeFileSync(at('new/deep/er/f'), 'x');
    expect(await told()).toEqual(['new']);
    writeFileSync(at('new/deep/er/f'), 'y');
    expect(await told()).toEqual(['new/deep/er/f']);
    writeFileSync(at('new/deep/g'), 'y');
    expect(await told()).toEqual(['new/deep/g']);
  });

  it('that disappear are one path, with their watches', async () => {
    await store.mkdir('a/b/c');
    await store.mkdir('kept');
    await store.write('a/b/c/f', 'x');
    await start();
    expect(inotifyWatches()).toBe(5);
    rmSync(at('a'), { recursive: true });
    expect(await told()).toEqual(['a']);
    expect(inotifyWatches()).toBe(2);
  });

  it('that move are two paths, and what is below is told under the new name', async () => {
    // Both orders of the names: libuv shares one watch between the old and the new name.
    for (const [from, to] of [
      ['a', 'z'],
      ['z', 'b'],
    ] as const) {
      mkdirSync(at(`${from}/sub`), { recursive: true });
      if (watcher === undefined) await start();
      await told();
      renameSync(at(from), at(to));
      expect(await told()).toEqual([from, to].sort());
      writeFileSync(at(`${to}/sub/f`), 'x');
      expect(await told()).toEqual([`${to}/sub/f`]);
      renameSync(at(`${to}/sub`), at(`${to}/${from}2`));
      expect(await told()).toEqual([`${to}/sub`, `${to}/${from}2`].sort());
      writeFileSync(at(`${to}/${from}2/g`), 'x');
      expect(await told()).toEqual([`${to}/${from}2/g`]);
    }
  });

  it('that change places are told and followed', async () => {
    for (const name of ['one', 'two']) await store.mkdir(`${name}/sub-${name}`);
    await start();
    renameSync(at('one'), at('swap'));
    renameSync(at('two'), at('one'));
    renameSync(at('swap'), at('two'));
    covers(await told(), ['one', 'two']);
    writeFileSync(at('one/f'), 'x');
    writeFileSync(at('two/sub-one/g'), 'x');
    expect(await told()).toEqual(['one/f', 'two/sub-one/g']);
  });

  it('that are removed and made again at once are told and followed', async () => {
    await store.mkdir('docs/docs/sub');
    await start();
    for (let round = 0; round < 5; round += 1) {
      rmSync(at('docs'), { recursive: true });
      mkdirSync(at('docs/docs/sub'), { recursive: true });
      covers(await told(), ['docs']);
      writeFileSync(at('docs/docs/sub/f'), `${round}`);
      covers(await told(), ['docs/docs/sub/f']);
      writeFileSync(at('docs/docs/g'), `${round}`);
      covers(await told(), ['docs/docs/g']);
    }
  });

  it('that replace a file, and files that replace a directory', async () => {
    await store.mkdir('was-dir');
    await store.write('was-file', 'x');
    await start();
    rmSync(at('was-dir'), { recursive: true });
    writeFileSync(at('was-dir'), 'x');
    rmSync(at('was-file'));
    mkdirSync(at('was-file'));
    expect(await told()).toEqual(['was-dir', 'was-file']);
    writeFileSync(at('was-file/f'), 'x');
    expect(await told()).toEqual(['was-file/f']);
  });

  it('made quickly, deep inside each other, lose no file', async () => {
    await start();
    const files: string[] = [];
    // A shell makes them while this process reads events: names come before, during and after each watch is made.
    const script: string[] = [];
    for (let top = 0; top < 10; top += 1) {
      for (let depth = 1; depth <= 6; depth += 1) {
        const path = [`t${top}`, ...Array.from({ length: depth }, (_, level) => `d${level}`)].join('/');
        script.push(`mkdir -p '${path}'`, `echo x > '${path}/f'`);
        files.push(`${path}/f`);
      }
    }
    const { spawn } = await import('node:child_process');
    const child = spawn('sh', ['-c', script.join('\n')], { cwd: store.dir });
    const seen = new Set<string>();
    // What a consumer does: reads what it is told of, then and there.
    const read = (): void => {
      for (const path of batches.splice(0).flat()) {
        if (!existsSync(at(path))) continue;
        seen.add(path);
        for (const found of execFileSync('find', [at(path), '-type', 'f'], { encoding: 'utf8' }).split(
          '\n',
        )) {
          if (found !== '') seen.add(found.slice(store.dir.length + 1));
        }
      }
    };
    await new Promise((resolve) => child.once('exit', resolve));
    await eventually(
      () => {
        read();
        return files.every((file) => seen.has(file));
      },
      { what: 'every file to be told' },
    );
  });
});

describe('limits of the kernel', () => {
  it('a full event queue is told as overflow, and watching goes on', async () => {
    let overflows = 0;
    watcher = watchContent(store, {
      log: silentLogger,
      onChange: (paths) => batches.push(paths),
      onOverflow: () => {
        overflows += 1;
      },
    });
    await watcher.ready;
    // This process reads no event while it writes: two events a file fill the queue.
    const queued = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    for (let index = 0; index < queued / 2 + 500; index += 1) writeFileSync(at(`f${index}`), 'x');
    mkdirSync(at('missed/below'), { recursive: true });
    await eventually(() => overflows > 0, { timeoutMs: 15_000, what: 'the overflow' });
    await told();
    writeFileSync(at('missed/below/f'), 'x');
    expect(await told()).toEqual(['missed/below/f']);
    expect(overflows).toBe(1);
  });

  it.skipIf(!canLimitWatches)(
    'too few watches are told, logged with the setting to raise, and survived',
    async () => {
      for (let index = 0; index < 30; index += 1) mkdirSync(at(`d${index}`));
      const script = join(dir.path, 'limited.mts');
      writeFileSync(
        script,
        `
      import { writeFileSync } from 'node:fs';
      import { openContent, watchContent } from '${new URL('../../../src/content/index.ts', import.meta.url).pathname}';
      const store = await openContent(${JSON.stringify(store.dir)});
      const warnings = [];
      let overflows = 0;
      const log = { debug() {}, info() {}, error() {}, warn: (fields, message) => warnings.push(message) };
      const changed = new Promise((resolve) => {
        const watcher = watchContent(store, { log, onChange: resolve, onOverflow: () => { overflows += 1; } });
        watcher.ready.then(() => writeFileSync(store.resolve('f'), 'x'));
      });
      const paths = await changed;
      process.stdout.write(JSON.stringify({ warnings, overflows, paths }));
      process.exit(0);`,
      );
      const command = 'echo 12 > /proc/sys/user/max_inotify_watches && exec "$@"';
      const node = [process.execPath, '--import', 'tsx', script];
      const output = execFileSync('unshare', ['-U', '-r', 'sh', '-c', command, 'sh', ...node], {
        encoding: 'utf8',
        timeout: 15_000,
      });
      const { warnings, overflows, paths } = JSON.parse(output);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('fs.inotify.max_user_watches');
      expect(overflows).toBe(1);
      expect(paths).toEqual(['f']);
    },
  );
});

describe('a watched tree', () => {
  it('is watched, all of it, the moment add resolves', async () => {
    for (let round = 0; round < 20; round += 1) {
      const name = `tree${round}`;
      await store.mkdir(`${name}/a/b`);
      const tree = new WatchedTree(join(store.dir, name), {
        onEvent: () => undefined,
        onError: () => undefined,
      });
      await tree.add('');
      expect(inotifyWatches()).toBe(3);
      await tree.close();
      expect(inotifyWatches()).toBe(0);
    }
  });
});

describe('many files', () => {
  it('need one watch a directory, and a burst over all of them is told whole', async () => {
    for (let index = 0; index < 100; index += 1) {
      const path = at(`p${index % 10}/q${index}`);
      mkdirSync(path, { recursive: true });
      for (let file = 0; file < 20; file += 1) writeFileSync(join(path, `f${file}`), 'x');
    }
    await start();
    expect(inotifyWatches()).toBe(111);
    const files: string[] = [];
    for (let index = 0; index < 100; index += 1) {
      for (let file = 0; file < 20; file += 1) files.push(`p${index % 10}/q${index}/f${file}`);
    }
    for (const file of files) writeFileSync(at(file), 'changed');
    const found = await told();
    expect(found).toEqual([...files].sort());
  });

  it('come with a git pull', async () => {
    const git = (cwd: string, ...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd, stdio: 'pipe' });
    const origin = join(dir.path, 'origin');
    mkdirSync(origin);
    git(origin, 'init', '-q', '-b', 'main');
    writeFileSync(join(origin, 'README.md'), 'one');
    git(origin, 'add', '.');
    git(origin, 'commit', '-qm', 'one');
    git(store.dir, 'clone', '-q', origin, 'repo');
    await start();
    for (let index = 0; index < 200; index += 1) {
      mkdirSync(join(origin, `pkg${index % 20}/src`), { recursive: true });
      writeFileSync(join(origin, `pkg${index % 20}/src/f${index}.md`), `${index}`);
    }
    writeFileSync(join(origin, 'README.md'), 'two');
    git(origin, 'add', '.');
    git(origin, 'commit', '-qm', 'two');
    git(at('repo'), 'pull', '-q');
    const found = await told();
    covers(found, [
      'repo/README.md',
      ...Array.from({ length: 20 }, (_, index) => `repo/pkg${index}/src/f${index}.md`),
    ]);
    expect(found.filter((path) => path.includes('.git/'))).toEqual([]);
    git(at('repo'), 'checkout', '-q', 'HEAD~1');
    covers(await told(), ['repo/README.md', ...Array.from({ length: 20 }, (_, index) => `repo/pkg${index}`)]);
  });
});

/** Watches of this process, as the kernel counts them. */
function inotifyWatches(): number {
  let watches = 0;
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (!readlinkSync(`/proc/self/fd/${fd}`).includes('inotify')) continue;
      watches += readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify wd:/gm)?.length ?? 0;
    } catch {
      // A descriptor closed meanwhile.
    }
  }
  return watches;
}

/** Whether a user namespace, whose limits are its own, can be made here. */
function namespacesWork(): boolean {
  try {
    execFileSync('unshare', ['-U', '-r', 'sh', '-c', 'echo 12 > /proc/sys/user/max_inotify_watches'], {
      stdio: 'ignore',
      timeout: 5_000,
    });
    return true;
  } catch {
    return false;
  }
}
