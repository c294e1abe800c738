/**
 * The mount against the disk below it: 20,000 files of 1 to 8 KiB in 400 directories, medians, both sides interleaved
 * in one run. Options: `--driver kernel|fuse-native`, `--vfs small|real`, `--quick` (a tenth, one repetition),
 * `--repeat N`, `--only TEXT`, `--repo DIR` to clone, `--settings JSON` for the kernel driver, `--json FILE`,
 * `--user UID` (an ordinary user mounts through fusermount3 and does the work), and any number of
 * `--peer NAME=COMMAND`: another pass-through file system, measured in the same run. The command runs in the foreground
 * until SIGTERM and mounts `$SOURCE` on `$MOUNTPOINT`.
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
/** Who runs the measured commands: the user of `--user`, else whoever runs this. */
let worker: number | undefined;
const asWorker = () => (worker === undefined ? {} : { uid: worker, gid: worker });

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
  /** Who mounts and works; undefined: whoever runs this. */
  readonly uid: number | undefined;
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
  /** Ratio to the disk of each peer. */
  readonly peers: Readonly<Record<string, number>>;
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
      user: { type: 'string' },
      peer: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
    },
  });
  const dir = await tempDir();
  const mountpoint = join(dir.path, 'mnt');
  const options: Options = {
    ...values,
    // Git refuses to clone a repository of somebody else.
    repo: values.user === undefined ? values.repo : copyOf(values.repo, dir.path),
    mountpoint,
    only: values.only,
    uid: values.user === undefined ? undefined : Number(values.user),
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
  const peers: Peer[] = [];
  try {
    worker = options.uid;
    if (worker !== undefined) command('chown', ['-R', `${worker}:${worker}`, dir.path]);
    daemon = await startMount(options, mountpoint, home);
    for (const text of values.peer) peers.push(await startPeer(text, dir.path));
    const measured: Measured[] = [];
    for (const row of rows(options, dir.path)) {
      if (options.only !== undefined && !row.name.includes(options.only)) continue;
      const others = Object.fromEntries(peers.map((peer) => [peer.name, peer.side]));
      const result = measureRow(row, options, { disk, mount, ...others });
      measured.push(result);
      process.stderr.write(`${line(result)}\n`);
    }
    if (options.vfs === 'real') settle(options.mountpoint);
    const virtualUs = Number(
      work('virtual', join(mountpoint, '.viking', options.vfs === 'real' ? 'version' : 'status')),
    );
    process.stdout.write(table(options, measured, virtualUs));
    if (values.json !== undefined)
      writeFileSync(values.json, JSON.stringify({ options, measured, virtualUs }, null, 2));
    daemon.kill('SIGUSR2');
  } finally {
    for (const peer of peers) await stopPeer(peer);
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
    // A mount of an ordinary user is closed to root too.
    spawnSync('rm', ['-rf', path], asWorker());
    command('mkdir', [path], process.env, asWorker());
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
        command('git', ['clone', '-q', '--no-hardlinks', options.repo, path], env, asWorker());
        timed('git', ['-C', path, 'status', '--short']);
        return timed('git', ['-C', path, 'status', '--short']);
      },
    },
  ];
  return [...readers, ...writers];
}

type Sides = { readonly disk: Side; readonly mount: Side } & Readonly<Record<string, Side>>;

function measureRow(row: Row, options: Options, sides: Sides): Measured {
  const times = new Map<string, number[]>(Object.keys(sides).map((name) => [name, []]));
  if (row.warm === true) for (const side of Object.values(sides)) row.measure(side);
  for (let count = 0; count < options.repeat; count += 1) {
    for (const [name, side] of Object.entries(sides)) {
      if (row.cold === true) dropCaches();
      if (row.cold !== true && row.warm !== true) command('sync', []);
      // A row measures its own work and what the daemon does about it, not the indexing its predecessor left behind.
      if (name === 'mount' && options.vfs === 'real') settle(options.mountpoint);
      times.get(name)?.push(row.measure(side));
    }
  }
  const diskMs = median(times.get('disk') ?? []);
  const mountMs = median(times.get('mount') ?? []);
  const peers: Record<string, number> = {};
  for (const [name, ms] of times) if (name !== 'disk' && name !== 'mount') peers[name] = median(ms) / diskMs;
  return { name: row.name, limit: row.limit, diskMs, mountMs, ratio: mountMs / diskMs, peers };
}

interface Peer {
  readonly name: string;
  readonly mountpoint: string;
  readonly side: Side;
  readonly process: ChildProcess;
}

/** Mounts another file system over a copy of the data set. */
async function startPeer(text: string, dir: string): Promise<Peer> {
  const [name = '', ...rest] = text.split('=');
  const source = join(dir, `${name}-source`);
  const mountpoint = join(dir, `${name}-mnt`);
  for (const path of [mountpoint, join(source, 'scratch')]) mkdirSync(path, { recursive: true });
  command('cp', ['-r', join(dir, 'disk/data'), source]);
  const child = spawn('sh', ['-c', `exec ${rest.join('=')}`], {
    env: { ...process.env, SOURCE: source, MOUNTPOINT: mountpoint },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const until = Date.now() + 20_000;
  while (!readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${mountpoint} `)) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`${name}: did not mount`);
    pause(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const side = { data: join(mountpoint, 'data'), scratch: join(mountpoint, 'scratch') };
  return { name, mountpoint, side, process: child };
}

async function stopPeer(peer: Peer): Promise<void> {
  await stopMount(peer.process);
  spawnSync('umount', ['-l', peer.mountpoint], { stdio: 'ignore' });
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

function copyOf(repository: string, dir: string): string {
  const path = join(dir, 'repository');
  command('git', ['clone', '-q', '--bare', '--no-hardlinks', repository, path]);
  return path;
}

function makeArchive(dir: string, archive: string): void {
  const path = join(dir, 'archive');
  mkdirSync(path);
  if (worker !== undefined) command('chown', [`${worker}:${worker}`, path]);
  work('create', path);
  command('tar', ['cf', archive, '-C', path, '.']);
  rmSync(path, { recursive: true });
}

/** Waits until the daemon has told its index of every change and the index is up to date, or for three minutes at most. */
function settle(mountpoint: string): void {
  const deadline = performance.now() + 180_000;
  do {
    pause(HINTS_MS);
    const status = JSON.parse(
      command('cat', [join(mountpoint, '.viking/status')], process.env, asWorker()),
    ) as Status;
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
  return command(
    process.execPath,
    ['--import', TSX, join(HERE, 'fs-work.ts'), what, target],
    process.env,
    asWorker(),
  ).trim();
}

function command(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  user: { uid?: number; gid?: number } = {},
): string {
  const result = spawnSync(name, args, {
    ...user,
    env,
    encoding: 'utf8',
    timeout: COMMAND_MS,
    maxBuffer: 1 << 28,
  });
  // grep and rg say 1 when nothing matched, which is what is asked here.
  if (result.error !== undefined || result.status === null || result.status > 1) {
    throw new Error(`${name} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
  }
  return result.stdout;
}

function timedCommand(name: string, args: readonly string[], env: NodeJS.ProcessEnv): number {
  const start = performance.now();
  const result = spawnSync(name, args, {
    ...asWorker(),
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: COMMAND_MS,
  });
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
  const child = spawn(process.execPath, args, { ...asWorker(), stdio: ['ignore', 'pipe', 'inherit'] });
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
  const peers = Object.values(row.peers)
    .map((ratio) => `${ratio.toFixed(2)} | `)
    .join('');
  const verdict = row.ratio <= row.limit ? '' : ' (over)';
  return `| ${row.name} | ${row.diskMs.toFixed(1)} | ${row.mountMs.toFixed(1)} | ${row.ratio.toFixed(2)} | ${peers}${row.limit}${verdict} |`;
}

function table(options: Options, measured: readonly Measured[], virtualUs: number): string {
  const peers = Object.keys(measured[0]?.peers ?? {});
  const who = options.uid === undefined ? '' : `, as user ${options.uid}`;
  return [
    `${options.driver}, ${options.vfs} vfs, medians of ${options.repeat}${who}`,
    '',
    `| | disk ms | mount ms | ratio | ${peers.map((name) => `${name} | `).join('')}limit |`,
    `|---|---|---|---|${'---|'.repeat(peers.length + 1)}`,
    ...measured.map(line),
    `| read of a virtual file, us | | ${virtualUs.toFixed(0)} | | ${'| '.repeat(peers.length)}150${virtualUs <= 150 ? '' : ' (over)'} |`,
    '',
  ].join('\n');
}
