import type { Embedder } from '../models/index.ts';
import type { Catalogue, DocumentRecord, PassageRecord } from './catalogue.ts';
import type { Corpus, CorpusDocument, CorpusPassage, KeptPassage } from './corpus.ts';
import { fingerprint, type Passage, passageTerms } from './passages/passage.ts';
import type { FreshDocument } from './read-document.ts';
import type { ModelVectors } from './vectors/model-vectors.ts';
import type { Nearness } from './vectors/nearness.ts';
import type { VectorIndex } from './vectors/vector-index.ts';

export interface Stores {
  readonly catalogue: Catalogue;
  readonly corpus: Corpus;
  /** What a search compares with. */
  readonly vectors: Nearness;
  /** Vectors on disk; undefined where they are computed from words. */
  readonly stored: VectorIndex | undefined;
  /** Vectors of a model outside. */
  readonly model: ModelVectors;
  readonly embedder: Embedder;
}

/** What one document becomes: written to the store first, then to memory. */
interface Plan {
  readonly ids: number[];
  readonly passages: (CorpusPassage | KeptPassage)[];
  readonly records: [number, PassageRecord][];
  readonly fresh: { readonly id: number; readonly passage: Passage }[];
  readonly gone: number[];
}

/**
 * Puts a document in place of its last state. Passages that are the same as before keep their id, words and vector,
 * so that a message appended to a long conversation costs one passage; `rewrite` writes their records all the same, for
 * records that are damaged. Resolves with the number of passages that changed, or of all when none did.
 * @throws errors of the store; memory is then unchanged
 */
export async function writeDocument(
  stores: Stores,
  path: string,
  document: FreshDocument,
  { rewrite }: { readonly rewrite: boolean },
): Promise<number> {
  const { catalogue, corpus, stored, model } = stores;
  const plan = planned(stores, document.passages, corpus.get(path), rewrite);
  const made =
    stored === undefined
      ? []
      : (await embedded(stores, plan)).map(([id, vector]) => [id, stored.encode(vector)] as const);
  const record: DocumentRecord = {
    stamp: document.stamp,
    kind: document.kind,
    passages: plan.ids,
    version: catalogue.newId(),
    ...(document.note === undefined ? {} : { note: document.note }),
  };
  await catalogue.putDocument(path, record, {
    passages: plan.records,
    vectors: made,
    gone: plan.gone,
  });
  corpus.put(path, record, plan.passages);
  for (const id of plan.gone) forget({ stored, model }, id);
  for (const [id, record] of made) stored?.put(id, record);
  const changed = plan.fresh.length + plan.gone.length;
  // One that was only dated anew has another version, and is read again by a start from an older snapshot.
  return changed === 0 ? plan.ids.length : changed;
}

/**
 * Gives a document another path, of the same content. Memory moves at once; the promise tells of the store, so that
 * the moves of a whole directory are written together.
 */
export function moveDocument(
  { catalogue, corpus }: Stores,
  { from, to, record }: { readonly from: string; readonly to: string; readonly record: DocumentRecord },
): Promise<void> {
  const moved = { ...record, version: catalogue.newId() };
  corpus.move(from, to, moved.version);
  return catalogue.moveDocument(from, to, moved);
}

/** @throws errors of the store; memory is then unchanged */
export async function removeDocument(stores: Stores, document: CorpusDocument): Promise<void> {
  const ids = document.slots.map((slot) => stores.corpus.idOf(slot));
  await stores.catalogue.removeDocument(document.path, ids);
  stores.corpus.remove(document.path);
  for (const id of ids) forget(stores, id);
}

function forget({ stored, model }: Pick<Stores, 'stored' | 'model'>, id: number): void {
  stored?.delete(id);
  model.delete(id);
}

function planned(
  { corpus, catalogue }: Stores,
  passages: readonly Passage[],
  old: CorpusDocument | undefined,
  rewrite: boolean,
): Plan {
  const plan: Plan = { ids: [], passages: [], records: [], fresh: [], gone: [] };
  const reusable = new Map<number, number[]>();
  for (const slot of old?.slots ?? []) {
    const same = reusable.get(corpus.hashOf(slot));
    if (same === undefined) reusable.set(corpus.hashOf(slot), [slot]);
    else same.push(slot);
  }
  for (const passage of passages) {
    const hash = fingerprint(passage);
    const { start, end } = passage.lines;
    const speaker = passage.speaker === undefined ? {} : { speaker: passage.speaker };
    const slot = reusable.get(hash)?.shift();
    const id = slot === undefined ? catalogue.newId() : corpus.idOf(slot);
    plan.ids.push(id);
    if (slot === undefined) {
      const terms = passageTerms(passage);
      plan.fresh.push({ id, passage });
      plan.passages.push({ id, start, end, hash, terms, ...speaker });
      plan.records.push([id, recordOf(passage)]);
    } else {
      plan.passages.push({ slot, start, end, ...speaker });
      const before = corpus.linesOf(slot);
      if (rewrite || before.start !== start || before.end !== end) plan.records.push([id, recordOf(passage)]);
    }
  }
  for (const slots of reusable.values()) for (const slot of slots) plan.gone.push(corpus.idOf(slot));
  return plan;
}

function recordOf(passage: Passage): PassageRecord {
  return {
    lines: [passage.lines.start, passage.lines.end],
    heading: passage.heading,
    text: passage.text,
    ...(passage.indexed === undefined ? {} : { indexed: passage.indexed }),
    ...(passage.speaker === undefined ? {} : { speaker: passage.speaker }),
  };
}

async function embedded({ embedder }: Stores, { fresh }: Plan): Promise<[number, Float32Array][]> {
  if (fresh.length === 0) return [];
  const texts = fresh.map(({ passage }) => passage.indexed ?? `${passage.heading}\n${passage.text}`);
  const vectors = await embedder.embed(texts);
  return fresh.map(({ id }, at) => [id, vectors[at]!]);
}
