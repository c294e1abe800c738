import type { Logger } from '../../base/log.ts';
import type { LayerRecords } from '../layer-records.ts';

/** What nothing refers to is kept this long: a checkout of another branch and back is not sent again. */
export const KEEP_MS = 3_600_000;
const BATCH = 500;

/**
 * Removes what models said of content that is no more: marks it when it is first found unused, and takes it away when it still is
 * after `keepMs`. What a moved or copied file says stays, as words are kept by content.
 */
export async function pruneModelWords(
  records: LayerRecords,
  { now, keepMs = KEEP_MS, signal }: { now: number; keepMs?: number; signal?: AbortSignal },
): Promise<{ readonly kept: number; readonly removed: number }> {
  const { summaries, descriptions, unused } = records;
  let [kept, removed] = [0, 0];
  for (const table of [summaries, descriptions]) {
    const used = table === summaries ? await digestsOf(records) : await originsOf(records);
    const keys: string[] = [];
    for await (const key of table.keys()) keys.push(key);
    for (let at = 0; at < keys.length && signal?.aborted !== true; at += BATCH) {
      const changes = [];
      for (const key of keys.slice(at, at + BATCH)) {
        const since = await unused.get(key);
        const isUsed = used.has(key.slice(key.lastIndexOf(' ') + 1));
        const isOver = !isUsed && since !== undefined && now - since >= keepMs;
        if (isOver) changes.push(table.deleting(key), unused.deleting(key));
        else if (isUsed && since !== undefined) changes.push(unused.deleting(key));
        else if (!isUsed && since === undefined) changes.push(unused.putting(key, now));
        if (isOver) removed++;
        else kept++;
      }
      await records.saveNotes(changes);
    }
  }
  return { kept, removed };
}

async function digestsOf({ notes }: LayerRecords): Promise<Set<string>> {
  const digests = new Set<string>();
  for await (const [, { digest }] of notes.entries()) digests.add(digest);
  return digests;
}

async function originsOf({ layers }: LayerRecords): Promise<Set<string>> {
  const origins = new Set<string>();
  for await (const [, { from, model }] of layers.entries()) {
    origins.add(from);
    if (model !== undefined) origins.add(model.from);
  }
  return origins;
}

/** Prunes once `ready`, and then every `KEEP_MS`, until it is stopped. */
export function startPruning(options: {
  readonly records: LayerRecords;
  readonly now: () => number;
  readonly ready: Promise<void>;
  readonly log: Logger;
}): { stop(): Promise<void> } {
  const { records, now, ready, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = ready.then(prune);

  async function prune(): Promise<void> {
    if (signal.aborted) return;
    try {
      const { removed } = await pruneModelWords(records, { now: now(), signal });
      if (removed > 0) log.info({ removed }, 'words of the model on content that is no more were removed');
    } catch (error) {
      log.warn({ err: error }, 'words of the model could not be pruned');
    }
  }

  const timer = setInterval(() => {
    running = running.then(prune);
  }, KEEP_MS).unref();
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await running;
    },
  };
}
