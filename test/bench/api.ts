import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { threadLines, threadTimes } from './api/threads.ts';

interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How late the generator itself woke up: the part of the latency that is not the daemon's. */
  readonly lateP99Ms: number;
  readonly failures: number;
}

/** The promise: this many requests a second, with this p99, while files are being indexed. */
const TARGET = { perSecond: 2_000, p99Ms: 10 } as const;
const FILES = 5_000;
const URI = 'viking://resources/bench/small.md';
const TARGETS: Record<string, string> = {
  stat: `/api/v1/fs/stat?uri=${URI}`,
  read: `/api/v1/content/read?uri=${URI}`,
};
/** What the generator asks before its answers count: the daemon's code is compiled, and the connections stand. */
const WARM_SECONDS = 1;

/**
 * `npm run bench -- api [--routes stat,read] [--states idle,indexing] [--rates 2000,0] [--seconds 5] [--threads]
 * [--node-options …] [--json FILE]`: `stat` and small `read` over the socket, idle and while indexing. Rate 0 asks as
 * fast as answers come; `--threads` prints what each thread of the daemon ran and waited; the daemon gets the options of
 * Node.js, a profiler's say.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      routes: { type: 'string', default: 'stat,read' },
      states: { type: 'string', default: 'idle,indexing' },
      rates: { type: 'string', default: `${TARGET.perSecond},0` },
      seconds: { type: 'string', default: '5' },
      threads: { type: 'boolean', default: false },
      'node-options': { type: 'string', default: '' },
      json: { type: 'string' },
    },
  });
  const daemon = await startTestDaemon({ env: { NODE_OPTIONS: values['node-options'] } });
  const rows: Record<string, unknown>[] = [];
  try {
    await daemon.client.write(URI, '# Small\n\nA small file.\n'.repeat(20));
    await daemon.client.wait(60);
    for (const state of values.states.split(',')) {
      for (const what of values.routes.split(',')) {
        for (const rate of values.rates.split(',').map(Number)) {
          if (state === 'indexing') writeFiles(daemon, `${what}-${rate}`);
          const before = threadTimes(daemon.pid);
          const load = await measure(daemon, {
            target: TARGETS[what] ?? what,
            rate,
            seconds: values.seconds,
          });
          const threads = threadLines(before, threadTimes(daemon.pid));
          const pending = (await daemon.client.status()).index.freshness.pending;
          const asked = rate === 0 ? 'most' : `${rate}/s`;
          rows.push({
            what,
            state: state === 'idle' ? state : `indexing ${FILES} files`,
            asked,
            ...load,
            pending,
          });
          if (values.threads) process.stdout.write(`${what}, ${state}, ${asked}\n${threads.join('\n')}\n`);
          if (state === 'indexing') await daemon.client.wait(120);
        }
      }
    }
  } finally {
    await daemon.close();
  }
  process.stdout.write(`${table(rows)}\ntarget: ${TARGET.perSecond}/s with p99 under ${TARGET.p99Ms} ms\n`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ target: TARGET, rows }, null, 2)}\n`);
}

/** Behind the daemon's back, as `git pull` does. */
function writeFiles(daemon: TestDaemon, name: string): void {
  const root = join(daemon.home, 'content/default/resources', name);
  for (let index = 0; index < FILES; index++) {
    const directory = join(root, `d${index % 50}`);
    if (index < 50) mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(directory, `f${index}.md`),
      `# File ${index} of ${name}\n\n${`words about topic ${index % 97} and more. `.repeat(20)}\n`,
    );
  }
}

interface Asked {
  readonly target: string;
  readonly rate: number;
  readonly seconds: string;
}

async function measure(daemon: TestDaemon, { target, rate, seconds }: Asked): Promise<Load> {
  const script = fileURLToPath(new URL('./api/load.ts', import.meta.url));
  const args = [
    '--import',
    'tsx',
    script,
    daemon.socketPath,
    target,
    String(rate),
    seconds,
    String(WARM_SECONDS),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Load;
}

function table(rows: readonly Record<string, unknown>[]): string {
  const lines = rows.map(
    ({ what, state, asked, perSecond, p50Ms, p99Ms, maxMs, lateP99Ms, failures, pending }) =>
      [
        what,
        state,
        asked,
        Math.round(Number(perSecond)),
        ...[p50Ms, p99Ms, maxMs, lateP99Ms].map((ms) => Number(ms).toFixed(2)),
        failures,
        pending,
      ].join(' | '),
  );
  const head =
    'route | state | asked | requests/s | p50 ms | p99 ms | max ms | woken late p99 ms | failures | pending after';
  return [head, head.replace(/[^|]+/g, '---'), ...lines].map((line) => `| ${line} |`).join('\n');
}
