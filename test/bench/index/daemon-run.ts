import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash32 } from '../../../src/base/text/hash32.ts';
import { startTestDaemon, type TestDaemon } from '../../helpers/daemon.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type ModelServer, startModelServer } from '../../helpers/model-server.ts';
import { writeSyntheticTree } from './synthetic-tree.ts';

const DIMENSIONS = 1_024;
const LONG_MS = 30 * 60_000;
/** Says in a home that everything in it is indexed. */
const INDEXED = 'bench-indexed';

export interface RunOptions {
  readonly passages: number;
  readonly vectors: boolean;
  readonly questions: number;
  readonly mount: boolean;
}

/** What one run measured; times in milliseconds, memory in MB (`VmRSS` and `VmHWM` of the whole daemon). */
export type RunResult = Readonly<Record<string, number | string>>;

/** Starts a daemon on a home below `dir` that holds the texts, and asks it what people ask. */
export async function daemonRun(dir: string, options: RunOptions): Promise<RunResult> {
  const home = join(dir, `home-${options.passages}${options.vectors ? '-vectors' : ''}`);
  mkdirSync(home, { recursive: true });
  const tree = writeSyntheticTree(join(home, 'content/default/resources'), options.passages);
  const server = options.vectors ? await startModelServer({ vector: clusteredVector }) : undefined;
  const env = envOf(server);
  const result: Record<string, number | string> = {
    passages: options.passages,
    vectors: options.vectors ? DIMENSIONS : 0,
    megabytes: Math.round(tree.bytes / 1e6),
  };
  let daemon: TestDaemon | undefined;
  try {
    if (!existsSync(join(home, INDEXED))) Object.assign(result, await indexing(home, env, options));
    const restarted = performance.now();
    const asked = await startTestDaemon({ home, env });
    daemon = asked;
    const questions = tree.questions(options.questions);
    await eventually(async () => (await ask(asked, questions[0]!)).total > 0, {
      what: 'the first answer',
      timeoutMs: LONG_MS,
    });
    result['firstAnswerMs'] = Math.round(performance.now() - restarted);
    await fresh(asked);
    result['readyMs'] = Math.round(performance.now() - restarted);
    if (options.vectors) {
      await vectorsWhole(asked);
      result['vectorsReadyMs'] = Math.round(performance.now() - restarted);
    }
    for (const question of questions.slice(0, 40)) await ask(asked, question);
    Object.assign(result, prefixed('find', await times(questions, (question) => ask(asked, question))));
    if (options.mount) Object.assign(result, await throughMount(asked, questions));
    Object.assign(result, prefixed('afterQuestions', memory(asked.pid)));
  } finally {
    await daemon?.close();
    await server?.close();
  }
  return result;
}

/** Lets a daemon index everything in a home and ends it. */
async function indexing(
  home: string,
  env: Record<string, string>,
  { vectors }: RunOptions,
): Promise<RunResult> {
  const result: Record<string, number | string> = {};
  const daemon = await startTestDaemon({ home, env });
  try {
    const began = performance.now();
    await fresh(daemon);
    const indexMs = performance.now() - began;
    const { index } = await daemon.client.status();
    // Of the whole daemon: layers and watching are in it. Unlike the time it does not tell of who else is running.
    result['indexedPerCpuSecond'] = Math.round(index.passages / cpuSeconds(daemon.pid));
    result['indexedPerSecond'] = Math.round((index.passages / indexMs) * 1000);
    result['indexedPassages'] = index.passages;
    if (vectors) {
      await vectorsWhole(daemon);
      result['vectorsMs'] = Math.round(performance.now() - began);
    }
    Object.assign(result, prefixed('afterIndexing', memory(daemon.pid)));
    await layersWhole(daemon);
    result['layersMs'] = Math.round(performance.now() - began);
    Object.assign(result, prefixed('afterLayers', memory(daemon.pid)));
    await daemon.stop();
    writeFileSync(join(home, INDEXED), '');
    return result;
  } finally {
    await daemon.close();
  }
}

async function throughMount(daemon: TestDaemon, questions: readonly string[]): Promise<RunResult> {
  const mountpoint = join(daemon.dir, 'mnt');
  mkdirSync(mountpoint, { recursive: true });
  await daemon.client.mount({ mountpoint });
  try {
    const results = (question: string) =>
      readFile(join(mountpoint, 'resources/.find', question, 'results.md'), 'utf8');
    const paths = questions.slice(0, 150).map((question) => `${question} by path`);
    const byPath = await times(paths, results);
    const file = join(mountpoint, 'resources/topic-0');
    const { readdirSync } = await import('node:fs');
    const names = readdirSync(file).filter((name) => name.endsWith('.md'));
    const read = () => times(names, (name) => readFile(join(file, name)));
    await read();
    const alone = await read();
    let isDone = false;
    const asking = (async () => {
      for (let at = 0; !isDone; at++) await ask(daemon, `${questions[at % questions.length]} again ${at}`);
    })();
    const during = await read();
    isDone = true;
    await asking;
    return {
      ...prefixed('findByPath', byPath),
      ...prefixed('readAlone', alone),
      ...prefixed('readWhileAsking', during),
    };
  } finally {
    await daemon.client.unmount(mountpoint);
  }
}

function envOf(server: ModelServer | undefined): Record<string, string> {
  if (server === undefined) return {};
  return {
    VIKINGFS_EMBEDDING_URL: server.url,
    VIKINGFS_EMBEDDING_MODEL: 'bench',
    VIKINGFS_EMBEDDING_DIMENSIONS: `${DIMENSIONS}`,
  };
}

function ask(daemon: TestDaemon, query: string) {
  return daemon.client.find({ query, limit: 10 });
}

/** Waits until every text is searchable. The layers are built on the same thread; they may still be under way. */
async function fresh(daemon: TestDaemon): Promise<void> {
  await eventually(
    async () => {
      const { index } = await daemon.client.status();
      return index.freshness.state === 'fresh' && index.passages > 0;
    },
    { what: 'the index is fresh', timeoutMs: LONG_MS, intervalMs: 50 },
  );
}

/** Layers are built on the thread of the index; a daemon that starts on what is whole has none to build. */
async function layersWhole(daemon: TestDaemon): Promise<void> {
  await eventually(async () => (await daemon.client.status()).layers.pending === 0, {
    what: 'the layers are built',
    timeoutMs: LONG_MS,
    intervalMs: 200,
  });
}

async function vectorsWhole(daemon: TestDaemon): Promise<void> {
  await eventually(
    async () => {
      const { model_vectors } = (await daemon.client.status()).index;
      return model_vectors.serving?.missing === 0;
    },
    { what: 'every passage has a vector', timeoutMs: LONG_MS, intervalMs: 200 },
  );
}

async function times<T>(
  asked: readonly T[],
  work: (one: T) => Promise<unknown>,
): Promise<Record<string, number>> {
  const taken: number[] = [];
  for (const one of asked) {
    const began = performance.now();
    await work(one);
    taken.push(performance.now() - began);
  }
  taken.sort((a, b) => a - b);
  const at = (share: number) => Math.round(taken[Math.floor((taken.length - 1) * share)]! * 100) / 100;
  return { P50: at(0.5), P95: at(0.95), P99: at(0.99) };
}

function memory(pid: number): Record<string, number> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024);
  return { Rss: megabytes('VmRSS'), Peak: megabytes('VmHWM') };
}

/** User and system time of a process since it started. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  // Ticks of a hundredth of a second; the 14th and 15th field of all.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function prefixed(prefix: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
}

/** One of 500 centres, chosen by the first word, and noise of the text's own: near and far, like real embeddings. */
function clusteredVector(text: string): readonly number[] {
  const words = text.toLowerCase().match(/\w+/g) ?? ['none'];
  const centre = hash32(words[0]!) % 500;
  const own = hash32(text);
  const vector = Array.from(
    { length: DIMENSIONS },
    (_, at) => noise(centre * 7_919 + at * 104_729) + 0.7 * noise(own + at * 15_485_863),
  );
  const length = Math.hypot(...vector);
  return vector.map((value) => Math.round((value / length) * 1e5) / 1e5);
}

function noise(seed: number): number {
  let value = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d);
  value = Math.imul(value ^ (value >>> 12), 0x297a2d39);
  return ((value ^ (value >>> 15)) >>> 0) / 2 ** 31 - 1;
}
