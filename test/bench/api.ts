import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';

interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly failures: number;
}

/** The promise: this many requests a second, with this p99, while files are being indexed. */
const TARGET = { perSecond: 2_000, p99Ms: 10 } as const;
const FILES = 5_000;
const URI = 'viking://resources/bench/small.md';

/** `npm run bench -- api [--seconds 5] [--json FILE]`: `stat` and small `read` over the socket, idle and while indexing. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string', default: '5' }, json: { type: 'string' } },
  });
  const daemon = await startTestDaemon();
  const rows: Record<string, unknown>[] = [];
  try {
    await daemon.client.write(URI, '# Small\n\nA small file.\n'.repeat(20));
    await daemon.client.wait(60);
    for (const busy of [false, true]) {
      for (const [what, target] of [
        ['stat', `/api/v1/fs/stat?uri=${URI}`],
        ['read', `/api/v1/content/read?uri=${URI}`],
      ] as const) {
        for (const rate of [TARGET.perSecond, 0]) {
          if (busy) writeFiles(daemon, `${what}-${rate}`);
          const load = await measure(daemon, target, rate, Number(values.seconds));
          const pending = (await daemon.client.status()).index.freshness.pending;
          const row = {
            what,
            state: busy ? `indexing ${FILES} files` : 'idle',
            asked: rate === 0 ? 'most' : `${rate}/s`,
            ...load,
            pending,
          };
          rows.push(row);
          if (busy) await daemon.client.wait(120);
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

async function measure(daemon: TestDaemon, target: string, rate: number, seconds: number): Promise<Load> {
  const script = fileURLToPath(new URL('./api/load.ts', import.meta.url));
  const args = ['--import', 'tsx', script, daemon.socketPath, target, String(rate), String(seconds)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Load;
}

function table(rows: readonly Record<string, unknown>[]): string {
  const lines = rows.map(({ what, state, asked, perSecond, p50Ms, p99Ms, maxMs, failures, pending }) =>
    [
      what,
      state,
      asked,
      Math.round(Number(perSecond)),
      ...[p50Ms, p99Ms, maxMs].map((ms) => Number(ms).toFixed(2)),
      failures,
      pending,
    ].join(' | '),
  );
  const head = 'route | state | asked | requests/s | p50 ms | p99 ms | max ms | failures | pending after';
  return [head, head.replace(/[^|]+/g, '---'), ...lines].map((line) => `| ${line} |`).join('\n');
}
