import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Catalogue, DocumentRecord, PassageRecord } from './catalogue.ts';
import type { Corpus, CorpusPassage } from './corpus.ts';
import { fingerprint, passageTerms } from './passages/passage.ts';

/** How long loading may hold the thread before it answers searches. */
const STEP_MS = 8;
/** Documents whose passages are read together. */
const READ_TOGETHER = 64;

export interface Loaded {
  /** Of the documents that memory has now. */
  readonly stamps: Map<string, DocumentRecord['stamp']>;
  /** Passages that were read or dropped: what the next start does again without a newer snapshot. */
  readonly changed: number;
}

/**
 * Brings memory, empty or filled from a snapshot, to the state of the store: documents that memory has in another
 * version or not at all are read, those the store lacks are dropped. They become searchable one by one; one that lacks a
 * passage is left out, so that the scan indexes it again.
 * @throws CORRUPT
 */
export async function loadCorpus(
  catalogue: Catalogue,
  corpus: Corpus,
  isClosed: () => boolean,
): Promise<Loaded> {
  const stamps = new Map<string, DocumentRecord['stamp']>();
  let changed = 0;
  const behind: (readonly [string, DocumentRecord])[] = [];
  const pause = pauses();
  for await (const [path, record] of catalogue.documents()) {
    const known = corpus.get(path);
    if (known?.version === record.version) stamps.set(path, record.stamp);
    else behind.push([path, record]);
    if (await pause(isClosed)) return { stamps, changed };
  }
  const gone = corpus.under('').filter(({ path }) => !stamps.has(path));
  for (const { path, slots } of gone) {
    corpus.remove(path);
    changed += slots.length;
  }
  for (let at = 0; at < behind.length; at += READ_TOGETHER) {
    const group = behind.slice(at, at + READ_TOGETHER);
    const found = await Promise.all(
      group.map(async ([, { passages }]) => Promise.all(passages.map((id) => catalogue.passage(id)))),
    );
    for (const [index, [path, record]] of group.entries()) {
      const passages = found[index]!;
      if (!passages.every((passage) => passage !== undefined)) {
        // Its text is cut again under new ids.
        await catalogue.removePassages(record.passages);
        continue;
      }
      corpus.put(
        path,
        record,
        passages.map((passage, ordinal) => asCorpusPassage(record.passages[ordinal]!, passage)),
      );
      stamps.set(path, record.stamp);
      changed += passages.length;
      if (await pause(isClosed)) return { stamps, changed };
    }
  }
  return { stamps, changed };
}

function asCorpusPassage(id: number, passage: PassageRecord): CorpusPassage {
  const [start, end] = passage.lines;
  const speaker = passage.speaker === undefined ? {} : { speaker: passage.speaker };
  return { id, start, end, hash: fingerprint(passage), terms: passageTerms(passage), ...speaker };
}

/** Lets others have the thread when it was held for long. Resolves whether to stop. */
function pauses(): (isClosed: () => boolean) => Promise<boolean> {
  let until = performance.now() + STEP_MS;
  return async (isClosed) => {
    if (performance.now() < until) return false;
    if (isClosed()) return true;
    await nextTurn();
    until = performance.now() + STEP_MS;
    return false;
  };
}
