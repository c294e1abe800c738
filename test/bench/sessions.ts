import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startMount } from '../helpers/start-mount.ts';
import { type Appending, linesPerSecond } from './append-writer.ts';
import { commitTimes } from './commit-times.ts';

interface Case {
  readonly name: string;
  readonly writers: number;
  readonly batch: number;
  readonly reopens: boolean;
}

const CASES: readonly Case[] = [
  { name: '1 writer, a line per write', writers: 1, batch: 1, reopens: false },
  { name: '4 writers, a line per write', writers: 4, batch: 1, reopens: false },
  { name: '16 writers, a line per write', writers: 16, batch: 1, reopens: false },
  { name: '1 writer, `echo >>`', writers: 1, batch: 1, reopens: true },
  { name: '4 writers, `echo >>`', writers: 4, batch: 1, reopens: true },
  { name: '16 writers, `echo >>`', writers: 16, batch: 1, reopens: true },
  { name: '1 writer, 10 lines per write', writers: 1, batch: 10, reopens: false },
];

/**
 * `npm run bench -- sessions [--lines N] [--repeat N] [--only TEXT]`: messages per second appended to one session through the mount,
 * each durable when its write returns, against a plain file beside it with one fdatasync for every write. `echo >>`
 * means that the file is opened and closed for every write; no process is started for it. Then, in process, both phases of
 * commits of 1,000 messages. `--only` runs the rows of appends whose name has the text, and no commits.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      lines: { type: 'string', default: '4000' },
      repeat: { type: 'string', default: '3' },
      only: { type: 'string' },
    },
  });
  const { only } = values;
  if (only === undefined) await printCommits(5 * Number(values.repeat));
  const mount = await startMount({ driver: 'kernel' });
  try {
    const sessions = `${mount.mountpoint}/user/alice/sessions`;
    process.stdout.write(
      `${'appends'.padEnd(32)}${'session/s'.padStart(11)}${'plain/s'.padStart(11)}${'ratio'.padStart(8)}\n`,
    );
    for (const [index, row] of CASES.entries()) {
      if (only !== undefined && !row.name.includes(only)) continue;
      const ours: number[] = [];
      const plain: number[] = [];
      for (let round = 0; round < Number(values.repeat); round += 1) {
        const session = join(sessions, `case-${index}-${round}`);
        await mkdir(session);
        const lines = Math.ceil(Number(values.lines) / row.writers);
        const file = join(mount.dir.path, `plain-${index}-${round}.jsonl`);
        plain.push(await linesPerSecond(writersOf(row, { file, lines, syncs: true })));
        ours.push(
          await linesPerSecond(writersOf(row, { file: `${session}/messages.jsonl`, lines, syncs: false })),
        );
      }
      const [own, peer] = [median(ours), median(plain)];
      process.stdout.write(
        `${row.name.padEnd(32)}${own.toFixed(0).padStart(11)}${peer.toFixed(0).padStart(11)}${(own / peer).toFixed(2).padStart(8)}\n`,
      );
    }
  } finally {
    await mount.stop();
    await mount.close();
  }
}

async function printCommits(rounds: number): Promise<void> {
  const times = await commitTimes(rounds, 1_000);
  const row = (what: string, all: readonly number[]) =>
    `${what.padEnd(50)}${median(all).toFixed(1).padStart(8)} ms, least ${Math.min(...all).toFixed(1)}, most ${Math.max(...all).toFixed(1)}\n`;
  process.stdout.write(
    row('commit of 1,000 messages, phase 1, median', times.phaseOne) +
      row('phase 2, with the embedded extractor', times.phaseTwo) +
      row('a plain file of that size, written and synced', times.syncedFile) +
      `load average ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds\n\n`,
  );
}

function writersOf(row: Case, to: Pick<Appending, 'file' | 'lines' | 'syncs'>): Appending[] {
  return Array.from({ length: row.writers }, (_, index) => ({
    ...to,
    name: `writer-${index}`,
    batch: row.batch,
    reopens: row.reopens,
  }));
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)]!;
}
