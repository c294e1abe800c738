import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/base/log.ts';
import { tokenize } from '../../src/base/text/tokenize.ts';
import { fileNote, type LayerEngine, openLayers } from '../../src/layers/index.ts';
import { withTempDir } from '../helpers/temp-dir.ts';
import { startReader } from './plain-reader.ts';
import { rankedLists } from './small-bm25.ts';

/** How long files are read before anything is built, to have something to compare with. */
const READ_IDLE_MS = 2_000;
const FILE_BYTES_MOST = 1024 * 1024;

interface Question {
  readonly text: string;
  readonly directory: string;
}

/**
 * `npm run bench -- layers --tree DIR [--questions N] [--show]`: how well abstracts and overviews lead to the right
 * directory, and how long they take to build, what that
 * costs somebody who reads files meanwhile, and how soon a change shows. A question is the title, first heading or docstring of a file; the one right
 * answer is the directory it is in. Documents are all directories that hold a file with a question.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tree: { type: 'string' },
      questions: { type: 'string', default: '800' },
      show: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const tree = resolve(values.tree ?? 'docs');
  const numbers: Record<string, number> = {};
  await withTempDir(async (temporary) => {
    const root = `bench/resources/${basename(tree)}`;
    const contentDir = join(temporary, 'content');
    await mkdir(join(contentDir, 'bench/resources'), { recursive: true });
    await cp(tree, join(contentDir, root), { recursive: true, filter: isWanted, verbatimSymlinks: true });
    const reader = await startReader(join(contentDir, root));
    await sleep(READ_IDLE_MS);
    const idle = await reader.taken();
    const began = performance.now();
    const engine = await openLayers({ contentDir, dir: join(temporary, 'index'), log: silentLogger });
    await engine.flush();
    const buildMs = performance.now() - began;
    const busy = await reader.taken();
    reader.stop();
    const again = performance.now();
    for (const level of ['abstract', 'overview'] as const) await engine.read(root, level, 1000);
    const readMs = (performance.now() - again) / 2;
    const { directories, files, questions } = await questionsIn(contentDir, root);
    const change = await freshAfterChange(engine, contentDir, directories);
    Object.assign(numbers, {
      readP99Ratio: busy.p99 / idle.p99,
      freshMs: change.freshMs,
      rebuilt: change.rebuilt,
    });
    const asked = evenly(questions, Number(values.questions));
    const layer = async (level: 'abstract' | 'overview'): Promise<string[]> =>
      Promise.all(directories.map(async (directory) => (await engine.read(directory, level, 1000)).text));
    const [abstracts, overviews] = [await layer('abstract'), await layer('overview')];
    const rows = [
      ['names', directories.map((directory) => directory.slice(root.length))],
      ['abstract', abstracts],
      ['overview', overviews],
    ] as const;
    process.stdout.write(
      `${tree}: ${files} files, ${engine.status().directories} directories; layers built in ${(buildMs / 1000).toFixed(2)} s, ` +
        `read in ${readMs.toFixed(1)} ms\n` +
        `reads of files during the build: ${busy.count}, p50 ${ratio(busy.p50, idle.p50)}, p99 ${ratio(busy.p99, idle.p99)} of idle (${idle.p99.toFixed(2)} ms)\n` +
        `one file changed: its overview fresh after ${change.freshMs.toFixed(0)} ms, ${change.rebuilt} of ${engine.status().directories} directories built anew\n${asked.length} questions over ${directories.length} directories\n` +
        `${'documents'.padEnd(12)}${'MRR'.padStart(8)}${'R@1'.padStart(8)}${'R@10'.padStart(8)}${'characters'.padStart(12)}\n`,
    );
    for (const [name, documents] of rows) {
      const { mrr, first, tenth } = score(documents, directories, asked);
      Object.assign(numbers, { [`${name}.mrr`]: mrr, [`${name}.r1`]: first, [`${name}.r10`]: tenth });
      const characters = Math.round(
        documents.reduce((sum, text) => sum + text.length, 0) / Math.max(1, documents.length),
      );
      process.stdout.write(
        `${name.padEnd(12)}${mrr.toFixed(3).padStart(8)}${first.toFixed(3).padStart(8)}${tenth.toFixed(3).padStart(8)}${String(characters).padStart(12)}\n`,
      );
    }
    if (values.show) {
      for (const text of evenly(abstracts, 8)) process.stdout.write(`\n${text}\n`);
      process.stdout.write(`\n${(await engine.read(root, 'overview', 1000)).text}\n`);
    }
    await engine.close();
    if (values.json !== undefined)
      await writeFile(values.json, JSON.stringify({ tree, buildMs, readMs, ...numbers }));
  });
}

/** Rewrites one file in a directory in the middle, and looks until the directory's overview is made of the new text. */
async function freshAfterChange(
  engine: LayerEngine,
  contentDir: string,
  directories: readonly string[],
): Promise<{ freshMs: number; rebuilt: number }> {
  const directory = directories[Math.floor(directories.length / 2)];
  if (directory === undefined) return { freshMs: 0, rebuilt: 0 };
  const file = `${directory}/changed-by-the-bench.md`;
  const before = new Map<string, number | undefined>();
  const all = [...(await parentsAndSiblings(contentDir, directory))];
  for (const one of all) before.set(one, (await engine.state(one)).madeAt);
  await sleep(5);
  await writeFile(join(contentDir, file), '# Changed by the bench\n\nA zephyr of quinces.\n');
  const began = performance.now();
  engine.touch([file]);
  for (;;) {
    const { text, freshness } = await engine.read(directory, 'overview', 100);
    if (freshness === 'fresh' && text.includes('quinces')) break;
    if (performance.now() - began > 60_000) throw new Error(`${directory}: not fresh within a minute`);
    await sleep(5);
  }
  const freshMs = performance.now() - began;
  await engine.flush();
  let rebuilt = 0;
  for (const one of all) if ((await engine.state(one)).madeAt !== before.get(one)) rebuilt++;
  await rm(join(contentDir, file));
  engine.touch([file]);
  await engine.flush();
  return { freshMs, rebuilt };
}

/** A directory, all above it, and all that lie beside any of them. */
async function parentsAndSiblings(contentDir: string, directory: string): Promise<Set<string>> {
  const all = new Set<string>([directory]);
  for (let at = directory; at.includes('/'); ) {
    at = at.slice(0, at.lastIndexOf('/'));
    all.add(at);
    for (const entry of await readdir(join(contentDir, at), { withFileTypes: true }))
      if (entry.isDirectory()) all.add(`${at}/${entry.name}`);
  }
  return all;
}

function ratio(busy: number, idle: number): string {
  return `${(busy / idle).toFixed(2)} x`;
}

function isWanted(path: string): boolean {
  return !/(?:^|\/)(?:\.git|__pycache__)(?:\/|$)|\.(?:pyc|so|png|gif|jpe?g|woff2?)$/.test(path);
}

/** Files whose own title or docstring can be asked for, by the directory they are in. */
async function questionsIn(
  contentDir: string,
  root: string,
): Promise<{ directories: string[]; files: number; questions: Question[] }> {
  const questions: Question[] = [];
  const directories = new Set<string>();
  let files = 0;
  const open = [root];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const entries = await readdir(join(contentDir, directory), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${directory}/${entry.name}`;
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      if (entry.isDirectory()) open.push(path);
      if (!entry.isFile()) continue;
      files++;
      if ((await stat(join(contentDir, path))).size > FILE_BYTES_MOST) continue;
      const head = await readFile(join(contentDir, path));
      const text = questionOf(entry.name, head);
      if (text === undefined) continue;
      questions.push({ text, directory });
      directories.add(directory);
    }
  }
  return { directories: [...directories].sort(), files, questions };
}

function questionOf(name: string, head: Uint8Array): string | undefined {
  const note = fileNote({ name, sizeBytes: head.length, head });
  const isProse = note.kind === 'markdown' || /\.(?:rst|html?)$/.test(name);
  if (!isProse && note.kind !== 'code') return undefined;
  const text = isProse && note.title !== name ? note.title : note.lead;
  const isOwnWords = text !== '' && !text.startsWith('Defines ') && tokenize(text).length >= 2;
  return isOwnWords ? text : undefined;
}

function score(
  documents: readonly string[],
  directories: readonly string[],
  questions: readonly Question[],
): { mrr: number; first: number; tenth: number } {
  const ranked = rankedLists(
    documents,
    questions.map(({ text }) => text),
  );
  let [mrr, first, tenth] = [0, 0, 0];
  for (const [at, order] of ranked.entries()) {
    const rank = order.findIndex((document) => directories[document] === questions[at]!.directory) + 1;
    if (rank === 0) continue;
    mrr += 1 / rank;
    if (rank === 1) first++;
    if (rank <= 10) tenth++;
  }
  const count = Math.max(1, questions.length);
  return { mrr: mrr / count, first: first / count, tenth: tenth / count };
}

function evenly<T>(all: readonly T[], count: number): T[] {
  return all.filter(
    (_, at) => Math.floor((at * count) / all.length) !== Math.floor(((at - 1) * count) / all.length),
  );
}
