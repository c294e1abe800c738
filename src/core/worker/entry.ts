/** Entry of the text worker: the index and the layers live here, away from the loop that answers callers. */
import { parentPort, workerData } from 'node:worker_threads';
import { createLogger, type LogLevel } from '../../base/log.ts';
import { type Callable, serveCalls } from '../../base/worker-call.ts';
import { toVikingError } from '../../errors/index.ts';
import { type IndexEngine, type IndexQuery, openIndex } from '../../index/index.ts';
import type { Level } from '../../layers/contract.ts';
import { openLayers } from '../../layers/index.ts';
import { createHashEmbedder } from '../../models/index.ts';
import type { TextWorkerData, TextWorkerFunctions, TextWorkerNews } from './contract.ts';
import { careForOwnHeap } from './own-heap.ts';
import { lowerOwnPriority } from './own-priority.ts';

if (parentPort === null) throw new Error('the text worker runs as a worker thread only');
const port = parentPort;
lowerOwnPriority();
const data = workerData as TextWorkerData;

/** With so many entries to index, layers nobody waits for are built later: both share this thread. */
const INDEX_BUSY_FROM = 200;

/** Questions whose vector is still to come. */
const awaited = new Map<number, (vector: IndexQuery['vector']) => void>();
const listed = new Map<string, readonly Level[]>();
let isGreeted = false;

try {
  serveCalls(port, (await openFunctions()) as unknown as Callable);
  port.postMessage({ ready: true });
  isGreeted = true;
  sendListed();
} catch (error) {
  port.postMessage({ failed: toVikingError(error).toJSON() });
}

async function openFunctions(): Promise<TextWorkerFunctions> {
  const log = createLogger(data.logLevel as LogLevel);
  const places = { contentDir: data.contentDir, dir: data.indexDir, log };
  let opened: IndexEngine | undefined;
  const indexPending = (): number => opened?.status().freshness.pending ?? 0;
  const [index, layers] = await Promise.all([
    openIndex({ ...places, embedder: createHashEmbedder() }).then((engine) => (opened = engine)),
    openLayers({ ...places, onListed: noteListed, yields: () => indexPending() >= INDEX_BUSY_FROM }),
  ]);
  const leaveHeap = careForOwnHeap(() => indexPending() > 0 || layers.status().pending > 0);
  return {
    ping() {},
    touch(paths) {
      index.touch(paths);
      layers.touch(paths);
    },
    search(query, question) {
      if (question === undefined) return index.search(query);
      const vector = new Promise<IndexQuery['vector']>((resolve) => awaited.set(question, resolve));
      return index.search(query, vector).finally(() => awaited.delete(question));
    },
    vectorOf: (question, vector) => awaited.get(question)?.(vector),
    indexStatus: () => index.status(),
    flushIndex: () => index.flush(),
    reindex: (path) => index.reindex(path),
    expectVectors: (stamp, dimensions) => index.vectors.expect(stamp, dimensions),
    missingVectors: (limit) => index.vectors.missing(limit),
    putVectors: (stamp, vectors) => index.vectors.put(stamp, vectors),
    readLayer: (directory, level, budgetMs) => layers.read(directory, level, budgetMs),
    readLastLayer: (directory, level) => layers.readLast(directory, level),
    readFileLayer: (file, level) => layers.readFile(file, level),
    terms: (entry) => layers.terms(entry),
    abstracts: (directories) => layers.abstracts(directories),
    layerFreshness: (directory) => layers.freshness(directory),
    layerState: (directory) => layers.state(directory),
    isGenerated: (text) => layers.isGenerated(text),
    dropLayer: (directory, level) => layers.drop(directory, level),
    flushLayers: () => layers.flush(),
    layersStatus: () => layers.status(),
    modelWork: (by, waitMs) => layers.modelWork(by, waitMs),
    summed: (by, summaries) => layers.summed(by, summaries),
    described: (directory, by, work) => layers.described(directory, by, work),
    postpone: (directory, waitMs) => layers.postpone(directory, waitMs),
    async close() {
      leaveHeap();
      await Promise.all([index.close(), layers.close()]);
    },
  };
}

/** One message for all that one turn of the loop built. */
function noteListed(directory: string, levels: readonly Level[]): void {
  if (listed.size === 0 && isGreeted) setImmediate(sendListed);
  listed.set(directory, levels);
}

function sendListed(): void {
  if (listed.size === 0) return;
  port.postMessage({ listed: [...listed] } satisfies TextWorkerNews);
  listed.clear();
}
