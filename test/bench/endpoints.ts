import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describingModel } from '../helpers/describing-model.ts';
import { eventually } from '../helpers/eventually.ts';
import { MODEL_FAULTS, type ModelFault, startModelServer } from '../helpers/model-server.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';
import { type Readings, startReader } from './plain-reader.ts';

/** What is promised of every row. */
const READ_P99_MS = 100;
/** How long each failure lasts: many reads, and attempts enough for the endpoint to be left alone and tried again. */
const FAULT_MS = 3_000;
const CATCH_UP_MS = 30_000;
const PLAIN_FILES = 200;
/** A call is given up after this, so that hanging ends within a row; after failures the endpoint is asked again soon. */
const CALL_MS = 1_000;
const PACE = { firstWaitMs: 50, pauseMs: 200, authPauseMs: 400, longestWaitMs: 500 };
/** One meaning in two words without a common letter sequence: a question for one finds the other by its vector only. */
const MEANINGS = [
  ['alder', 'lisbon'],
  ['birch', 'cairo'],
  ['cedar', 'oslo'],
  ['dogwood', 'quito'],
  ['elm', 'nairobi'],
  ['ginkgo', 'prague'],
  ['hazel', 'tokyo'],
  ['juniper', 'madrid'],
  ['larch', 'vienna'],
  ['magnolia', 'dublin'],
  ['nutmeg', 'sofia'],
  ['olive', 'zagreb'],
  ['poplar', 'minsk'],
  ['rowan', 'havana'],
  ['sequoia', 'bogota'],
  ['tamarind', 'riga'],
  ['walnut', 'jakarta'],
  ['yew', 'brussels'],
  ['acacia', 'helsinki'],
  ['baobab', 'montreal'],
  ['willow', 'seoul'],
] as const;

interface Row {
  readonly fault: string;
  readonly reads: Readings;
  /** Slowest of the first readings of `.abstract.md`, `.overview.md` and `.find`, milliseconds. */
  readonly magicMs: number;
  /** Requests the endpoint got while it failed. */
  readonly calls: number;
  /** From the end of the failure until the model's words are served, and until the question is answered by meaning. */
  readonly wordsMs: number;
  readonly meaningMs: number;
}

/**
 * `npm run bench -- endpoints [--json FILE]`: a mount of its own with an embedding and a chat endpoint on loopback that fail in every
 * way there is, one after the other. While each lasts, another process reads ordinary files through the mount, a file is
 * written, and layers and answers are read; then the endpoint is well again and the time is taken until the work is done.
 * Fails when a promise is not kept.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'string' } } });
  const server = await startModelServer({ answer: describingModel, vector: meaningOf });
  const endpoint = { url: server.url, model: 'small', timeoutMs: CALL_MS };
  const mount = await startMount({ models: { chat: endpoint, embedding: endpoint }, modelPace: PACE });
  const rows: Row[] = [];
  try {
    const docs = join(mount.mountpoint, 'resources/docs');
    const plain = await writePlain(docs);
    const reader = await startReader(join(docs, 'plain'));
    const asked = async (fault: ModelFault | undefined, at: number): Promise<void> => {
      await reader.taken();
      const before = server.requests.length;
      await server.fault(fault);
      const name = fault ?? 'none';
      const began = performance.now();
      const magicMs = await meet(docs, name, at);
      await sleep(Math.max(0, FAULT_MS - (performance.now() - began)));
      const [reads, calls] = [await reader.taken(), server.requests.length - before];
      await server.fault(undefined);
      rows.push({ fault: name, reads, magicMs, calls, ...(await catchUp(docs, name, at)) });
      process.stdout.write(`${line(rows.at(-1)!)}\n`);
    };
    process.stdout.write(`${mount.driver} driver\n${HEAD}\n`);
    await asked(undefined, MODEL_FAULTS.length);
    for (const [at, fault] of MODEL_FAULTS.entries()) await asked(fault, at);
    reader.stop();
    await nothingLost(docs, plain);
    process.stdout.write('every file reads as it was written\n');
    assertPromises(rows);
    if (values.json !== undefined) await writeFile(values.json, JSON.stringify(rows));
  } finally {
    await end(mount, server.close);
  }
}

async function end(mount: TestMount, close: () => Promise<void>): Promise<void> {
  await mount.close();
  await close();
}

/** One component for each meaning, and one for everything else. */
function meaningOf(text: string): number[] {
  const vector = new Array<number>(MEANINGS.length + 1).fill(0);
  const at = MEANINGS.findIndex((words) => words.some((word) => text.toLowerCase().includes(word)));
  vector[at < 0 ? MEANINGS.length : at] = 1;
  return vector;
}

async function writePlain(docs: string): Promise<Map<string, string>> {
  const written = new Map<string, string>();
  await mkdir(join(docs, 'plain'), { recursive: true });
  for (let at = 0; at < PLAIN_FILES; at++) {
    const path = join(docs, 'plain', `p${at}.txt`);
    const text = `Plain file number ${at}.\n`.repeat(100);
    await writeFile(path, text);
    written.set(path, text);
  }
  return written;
}

/** What a user does while the endpoint fails; answers the slowest reading. */
async function meet(docs: string, name: string, at: number): Promise<number> {
  const directory = join(docs, `under-${name}`);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'one.md'), textOf(name, at));
  let slowest = 0;
  for (const path of [
    join(directory, '.abstract.md'),
    join(directory, '.overview.md'),
    join(docs, '.abstract.md'),
    answerPath(docs, at),
  ]) {
    const began = performance.now();
    const text = await readFile(path, 'utf8');
    slowest = Math.max(slowest, performance.now() - began);
    if (text.trim() === '') throw new Error(`${path} is empty while the endpoint fails (${name})`);
  }
  return slowest;
}

function textOf(name: string, at: number): string {
  return `# One of ${name}\n\nAll about the ${MEANINGS[at]![0]}.\n`;
}

function answerPath(docs: string, at: number): string {
  return join(docs, '.find', MEANINGS[at]![1], 'results.md');
}

async function catchUp(docs: string, name: string, at: number): Promise<Pick<Row, 'wordsMs' | 'meaningMs'>> {
  const began = performance.now();
  const since = async (path: string, has: RegExp): Promise<number> => {
    await eventually(async () => has.test(await readFile(path, 'utf8')), {
      what: `${path} after ${name}`,
      timeoutMs: CATCH_UP_MS,
      intervalMs: 20,
    });
    return performance.now() - began;
  };
  const [wordsMs, meaningMs] = await Promise.all([
    since(join(docs, `under-${name}`, '.overview.md'), /A modelled abstract/),
    since(answerPath(docs, at), new RegExp(`under-${name}/one\\.md`)),
  ]);
  return { wordsMs, meaningMs };
}

async function nothingLost(docs: string, plain: ReadonlyMap<string, string>): Promise<void> {
  const written = new Map(plain);
  for (const [at, fault] of MODEL_FAULTS.entries())
    written.set(join(docs, `under-${fault}`, 'one.md'), textOf(fault, at));
  for (const [path, text] of written)
    if ((await readFile(path, 'utf8')) !== text) throw new Error(`${path} is not what was written`);
}

function assertPromises(rows: readonly Row[]): void {
  const late = rows.filter(({ reads }) => reads.p99 >= READ_P99_MS || reads.count === 0);
  if (late.length === 0) return;
  const names = late.map(({ fault, reads }) => `${fault} (${reads.p99.toFixed(1)} ms)`).join(', ');
  throw new Error(`p99 of plain reads is not under ${READ_P99_MS} ms with: ${names}`);
}

const HEAD = `${'endpoint'.padEnd(18)}${'reads'.padStart(7)}${'p50 ms'.padStart(8)}${'p99 ms'.padStart(8)}${'magic ms'.padStart(10)}${'calls'.padStart(7)}${'words s'.padStart(9)}${'meaning s'.padStart(11)}`;

function line({ fault, reads, magicMs, calls, wordsMs, meaningMs }: Row): string {
  return (
    fault.padEnd(18) +
    String(reads.count).padStart(7) +
    reads.p50.toFixed(2).padStart(8) +
    reads.p99.toFixed(2).padStart(8) +
    magicMs.toFixed(1).padStart(10) +
    String(calls).padStart(7) +
    (wordsMs / 1000).toFixed(2).padStart(9) +
    (meaningMs / 1000).toFixed(2).padStart(11)
  );
}
