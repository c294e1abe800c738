/**
 * The mount against the disk below it: 20,000 files of 1 to 8 KiB in 400 directories, medians, both sides interleaved
 * in one run. Options: `--driver kernel|fuse-native`, `--vfs small|real`, `--quick` (a tenth, one repetition),
 * `--repeat N`, `--only TEXT`, `--repo DIR` to clone, `--settings JSON` for the kernel driver, `--json FILE`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tempDir } from '../helpers/temp-dir.ts';

const HERE = fileURLToPath(new URL('./', import.meta.url));
const TSX = import.meta.resolve('tsx');
const COMMAND_MS = 300_000;
/** Longest a change takes to reach the index's queue. */
const HINTS_MS = 700;

interface Options {
  readonly driver: string;
  readonly vfs: string;
  readonly quick: boolean;
  readonly repeat: number;
  readonly only: string | undefined;
  readonly repo: string;
  readonly settings: string;
  readonly mountpoint: string;
}

interface Status {
  readonly index: { readonly freshness: { readonly state: string } };
  readonly layers: { readonly pending: number };
}

interface Side {
  /** Where the data set is read. */
  readonly data: string;
  /** An empty directory to write in. */
  readonly scratch: string;
}

interface Row {
  readonly name: string;
  /** Most the mount may take, as a ratio to the disk. */
  readonly limit: number;
  /** Milliseconds of one repetition. */
  measure(side: Side): number;
  readonly cold?: boolean;
  /** Runs once unmeasured on each side first. */
  readonly warm?: boolean;
}

export interface Measured {
  readonly name: string;
  readonly limit: number;
  readonly diskMs: number;
  readonly mountMs: number;
  readonly ratio: number;
}

export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      driver: { type: 'string', default: 'kernel' },
      vfs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      repeat: { type: 'string' },
      only: { type: 'string' },
      repo: { type: 'string', default: join(HERE, '../..') },
      settings: { type: 'string', default: '{}' },
      json: { type: 'string' },
    },
  });
  const dir = await tempDir();
  const mountpoint = join(dir.path, 'mnt');
  const options: Options = {
    ...values,
    mountpoint,
    only: values.only,
    vfs: values.vfs ?? (values.driver === 'kernel' ? 'small' : 'real'),
    repeat: Number(values.repeat ?? (values.quick ? 1 : 5)),
  };
  const home = join(dir.path, 'home');
  const content = join(home, 'content/bench/resources');
  const disk: Side = { data: join(dir.path, 'disk/data'), scratch: join(dir.path, 'disk/scratch') };
  const mount: Side = {
    data: join(mountpoint, 'resources/data'),
    scratch: join(mountpoint, 'resources/scratch'),
  };
  for (const path of [mountpoint, disk.scratch, join(content, 'scratch')])
    mkdirSync(path, { recursive: true });
  makeData(disk.data, options.quick);
  makeData(join(content, 'data'), options.quick);
  command('sync', []);
  let daemon: ChildProcess | undefined;
  try {
    daemon = await startMount(options, mountpoint, home);
    const measured: Measured[] = [];
    for (const row of rows(options, dir.path)) {
      if (options.only !== undefined && !row.name.includes(options.only)) continue;
      const result = measureRow(row, options, { disk, mount });
      measured.push(result);
      process.stderr.write(`${line(result)}\n`);
    }
    const virtualUs = Number(
      work('virtual', join(mountpoint, '.viking', options.vfs === 'real' ? 'version' : 'status')),
    );
    process.stdout.write(table(options, measured, virtualUs));
    if (values.json !== undefined)
      writeFileSync(values.json, JSON.stringify({ options, measured, virtualUs }, null, 2));
    daemon.kill('SIGUSR2');
  } finally {
    await stopMount(daemon);
    await dir.remove();
  }
}

function rows(options: Options, dir: string): Row[] {
  const env = { ...process.env, LC_ALL: 'C' };
  const timed = (name: string, args: readonly string[]) => timedCommand(name, args, env);
  const archive = join(dir, 'five-thousand.tar');
  const big = (side: Side) => join(side.data, 'big.bin');
  const tree = (side: Side) => join(side.data, 'tree');
  const fresh = (side: Side) => {
    const path = join(side.scratch, 'work');
    spawnSync('rm', ['-rf', path]);
    mkdirSync(path);
    return path;
  };
  const readers: Row[] = [
    {
      name: 'grep -r, warm',
      limit: 1.3,
      warm: true,
      measure: (side) => timed('grep', ['-r', 'no such text', tree(side)]),
    },
    {
      name: 'rg, warm',
      limit: 1.3,
      warm: true,
      measure: (side) => timed('rg', ['no such text', tree(side)]),
    },
    {
      name: 'find -type f, warm',
      limit: 1.2,
      warm: true,
      measure: (side) => timed('find', [tree(side), '-type', 'f']),
    },
    { name: 'ls -lR, warm', limit: 1.1, warm: true, measure: (side) => timed('ls', ['-lR', tree(side)]) },
    { name: 'cat 1 GiB, warm', limit: 1.5, warm: true, measure: (side) => timed('cat', [big(side)]) },
    {
      name: 'random 4 KiB reads, warm',
      limit: 1.3,
      warm: true,
      measure: (side) => Number(work('random', big(side))),
    },
    {
      name: 'find, cold',
      limit: 4,
      cold: true,
      measure: (side) => timed('find', [tree(side), '-type', 'f']),
    },
    {
      name: 'grep -r, cold',
      limit: 1.6,
      cold: true,
      measure: (side) => timed('grep', ['-r', 'no such text', tree(side)]),
    },
  ];
  const writers: Row[] = [
    { name: 'create 5,000 files', limit: 3, measure: (side) => Number(work('create', fresh(side))) },
    {
      name: 'remove 5,000 files',
      limit: 2,
      measure(side) {
        const path = fresh(side);
        work('create', path);
        return timed('rm', ['-rf', path]);
      },
    },
    {
      name: 'tar x of 5,000 files',
      limit: 2.5,
      measure(side) {
        if (!existsSync(archive)) makeArchive(dir, archive);
        return timed('tar', ['xf', archive, '-C', fresh(side)]);
      },
    },
    {
      name: 'git clone',
      limit: 3,
      measure: (side) =>
        timed('git', ['clone', '-q', '--no-hardlinks', options.repo, join(fresh(side), 'clone')]),
    },
    {
      name: 'git status, second',
      limit: 1.3,
      measure(side) {
        const path = join(fresh(side), 'clone');
        command('git', ['clone', '-q', '--no-hardlinks', options.repo, path]);
        timed('git', ['-C', path, 'status', '--short']);
        return timed('git', ['-C', path, 'status', '--short']);
      },
    },
  ];
  return [...readers, ...writers];
}

function measureRow(row: Row, options: Options, sides: { disk: Side; mount: Side }): Measured {
  const times = { disk: [] as number[], mount: [] as number[] };
  if (row.warm === true) for (const side of [sides.disk, sides.mount]) row.measure(side);
  for (let count = 0; count < options.repeat; count += 1) {
    for (const name of ['disk', 'mount'] as const) {
      if (row.cold === true) dropCaches();
      if (row.cold !== true && row.warm !== true) command('sync', []);
      // A row measures its own work and what the daemon does about it, not the indexing its predecessor left behind.
      if (name === 'mount' && options.vfs === 'real') settle(options.mountpoint);
      times[name].push(row.measure(sides[name]));
    }
  }
  const diskMs = median(times.disk);
  const mountMs = median(times.mount);
  return { name: row.name, limit: row.limit, diskMs, mountMs, ratio: mountMs / diskMs };
}

/** 20,000 Markdown files in 400 directories, and one file of 1 GiB; the same bytes on every side. */
function makeData(path: string, quick: boolean): void {
  const filler = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(200));
  let size = 1;
  for (let directory = 0; directory < (quick ? 40 : 400); directory += 1) {
    const parent = join(path, 'tree', `p${directory % 20}`, `d${directory}`);
    mkdirSync(parent, { recursive: true });
    for (let file = 0; file < 50; file += 1) {
      size = (size * 1_103_515_245 + 12_345) % 2_147_483_648;
      writeFileSync(join(parent, `f${file}.md`), filler.subarray(0, 1_024 + (size % 7_168)));
    }
  }
  const megabyte = Buffer.alloc(1 << 20, 'x');
  for (let count = 0; count < 1_024; count += 1)
    writeFileSync(join(path, 'big.bin'), megabyte, { flag: 'a' });
}

function makeArchive(dir: string, archive: string): void {
  const path = join(dir, 'archive');
  mkdirSync(path);
  work('create', path);
  command('tar', ['cf', archive, '-C', path, '.']);
  rmSync(path, { recursive: true });
}

/** Waits until the daemon has told its index of every change and the index is up to date, or for a minute at most. */
function settle(mountpoint: string): void {
  const deadline = performance.now() + 60_000;
  do {
    pause(HINTS_MS);
    const status = JSON.parse(readFileSync(join(mountpoint, '.viking/status'), 'utf8')) as Status;
    if (status.index.freshness.state === 'fresh' && status.layers.pending === 0) return;
  } while (performance.now() < deadline);
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function dropCaches(): void {
  command('sync', []);
  writeFileSync('/proc/sys/vm/drop_caches', '3');
}

function work(what: string, target: string): string {
  return command(process.execPath, ['--import', TSX, join(HERE, 'fs-work.ts'), what, target]).trim();
}

function command(name: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const result = spawnSync(name, args, { env, encoding: 'utf8', timeout: COMMAND_MS, maxBuffer: 1 << 28 });
  // grep and rg say 1 when nothing matched, which is what is asked here.
  if (result.error !== undefined || result.status === null || result.status > 1) {
    throw new Error(`${name} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
  }
  return result.stdout;
}

function timedCommand(name: string, args: readonly string[], env: NodeJS.ProcessEnv): number {
  const start = performance.now();
  const result = spawnSync(name, args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: COMMAND_MS });
  const took = performance.now() - start;
  if (result.error !== undefined || result.status === null || result.status > 1) {
    throw new Error(`${name} ${args.join(' ')}: ${result.error?.message ?? String(result.stderr)}`);
  }
  return took;
}

function startMount(options: Options, mountpoint: string, home: string): Promise<ChildProcess> {
  const args = [
    '--import',
    TSX,
    join(HERE, 'fs-mount.ts'),
    options.driver,
    options.vfs,
    mountpoint,
    home,
    options.settings,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (data: Buffer) => {
      if (data.toString().includes('ready')) resolve(child);
    });
    child.once('exit', (code) => reject(new Error(`the mounting process ended with ${code}`)));
  });
}

async function stopMount(daemon: ChildProcess | undefined): Promise<void> {
  if (daemon === undefined || daemon.exitCode !== null) return;
  const gone = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
  daemon.kill('SIGTERM');
  const timer = setTimeout(() => daemon.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function line(row: Measured): string {
  const verdict = row.ratio <= row.limit ? '' : ' (over)';
  return `| ${row.name} | ${row.diskMs.toFixed(1)} | ${row.mountMs.toFixed(1)} | ${row.ratio.toFixed(2)} | ${row.limit}${verdict} |`;
}

function table(options: Options, measured: readonly Measured[], virtualUs: number): string {
  return [
    `${options.driver}, ${options.vfs} vfs, medians of ${options.repeat}`,
    '',
    '| | disk ms | mount ms | ratio | limit |',
    '|---|---|---|---|---|',
    ...measured.map(line),
    `| read of a virtual file, us | | ${virtualUs.toFixed(0)} | | 150${virtualUs <= 150 ? '' : ' (over)'} |`,
    '',
  ].join('\n');
}
