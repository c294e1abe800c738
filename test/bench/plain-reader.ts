import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Between two reads: often enough for a 99th percentile, too seldom to be a load of its own. */
const EVERY_MS = 2;
const FILES_MOST = 2_000;

export interface Readings {
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Reads files below `dir` in a process of its own until it is stopped; `taken` answers the times since it was last asked. */
export async function startReader(dir: string): Promise<{ taken(): Promise<Readings>; stop(): void }> {
  const child = fork(fileURLToPath(import.meta.url), [dir]);
  await once(child, 'message');
  return {
    async taken() {
      child.send('taken');
      const [readings] = (await once(child, 'message')) as [Readings];
      return readings;
    },
    stop: () => void child.kill(),
  };
}

function serve(parent: NodeJS.Process, dir: string): void {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .slice(0, FILES_MOST)
    .map((entry) => join(entry.parentPath, entry.name));
  let times: number[] = [];
  let next = 0;
  setInterval(() => {
    const began = performance.now();
    readFileSync(files[next++ % files.length]!);
    times.push(performance.now() - began);
  }, EVERY_MS);
  parent.on('message', () => {
    const sorted = times.sort((a, b) => a - b);
    times = [];
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
    parent.send?.({ count: sorted.length, p50: at(0.5), p99: at(0.99) } satisfies Readings);
  });
  parent.on('disconnect', () => process.exit());
  parent.send?.('ready');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(process, process.argv[2]!);
