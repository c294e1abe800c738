import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Catalogue, DocumentRecord } from './catalogue.ts';
import type { Corpus, CorpusPassage } from './corpus.ts';
import { fingerprint, passageTerms } from './passages/passage.ts';

/** How long loading may hold the thread before it answers searches. */
const STEP_MS = 8;

interface Partial {
  readonly path: string;
  readonly record: DocumentRecord;
  readonly found: Map<number, CorpusPassage>;
}

/**
 * Fills memory from the store. Documents become searchable one by one; one that lacks a passage is left out, so that
 * the scan indexes it again. Resolves with the stamps of those that were loaded.
 * @throws CORRUPT
 */
export async function loadCorpus(
  catalogue: Catalogue,
  corpus: Corpus,
  isClosed: () => boolean,
): Promise<Map<string, DocumentRecord['stamp']>> {
  const stamps = new Map<string, DocumentRecord['stamp']>();
  const owners = new Map<number, Partial>();
  const finish = ({ path, record, found }: Partial): void => {
    corpus.put(
      path,
      record.kind,
      record.passages.map((id) => found.get(id)!),
    );
    stamps.set(path, record.stamp);
  };
  for await (const [path, record] of catalogue.documents()) {
    const partial: Partial = { path, record, found: new Map() };
    if (record.passages.length === 0) finish(partial);
    for (const id of record.passages) owners.set(id, partial);
  }
  const orphans: number[] = [];
  let until = performance.now() + STEP_MS;
  for await (const [key, passage] of catalogue.passages()) {
    const id = Number.parseInt(key, 16);
    const owner = owners.get(id);
    if (owner === undefined) orphans.push(id);
    else {
      const [start, end] = passage.lines;
      const speaker = passage.speaker === undefined ? {} : { speaker: passage.speaker };
      const terms = passageTerms(passage);
      owner.found.set(id, { id, start, end, hash: fingerprint(passage), terms, ...speaker });
      owners.delete(id);
      if (owner.found.size === owner.record.passages.length) finish(owner);
    }
    if (performance.now() < until) continue;
    if (isClosed()) return stamps;
    await nextTurn();
    until = performance.now() + STEP_MS;
  }
  await catalogue.removePassages(orphans);
  return stamps;
}
