import { setImmediate as nextTurn } from 'node:timers/promises';
import { tokenize } from '../base/text/tokenize.ts';
import type { Embedder } from '../models/index.ts';
import type { Catalogue, PassageRecord } from './catalogue.ts';
import type { IndexHit, IndexQuery, IndexRoute } from './contract.ts';
import type { Corpus } from './corpus.ts';
import { exactShares, exactTerms } from './exact.ts';
import { entryFilter, type Filtered, type IndexFilter } from './filter.ts';
import { fused } from './fuse.ts';
import { matchOf } from './match.ts';
import { type Ranked, rankWords } from './rank.ts';
import type { ModelVectors } from './vectors/model-vectors.ts';
import type { Nearness, VectorScope } from './vectors/nearness.ts';
import { type LexicalQuery, lexicalQuery } from './words/query.ts';
import type { Scope } from './words/scope.ts';

/** So many of the best by words are compared by vector too. */
const COMPARED = 60;
/** So many are looked at when something is asked for letter by letter: its words may be common one by one. */
const LOOKED_THROUGH = 300;
/** Above all evidence of other kinds together, as an exact name. */
const EXACT = 2;
/** Nearest passages that are let in without a common word, when words find too little. */
const NEAREST = 50;
/** Hashed vectors of texts that share nothing stay below this, four standard deviations of 1,024 components. */
const NEAREST_MIN = 0.13;
/** Weight of the vector beside 1 for a passage's own words; measured, see `test/bench/retrieval.ts`. */
const VECTOR = 0.2;
/** In a conversation what stands around a message says more than its letters. */
const VECTOR_IN_CONVERSATION = 0.05;

export interface Searched {
  readonly corpus: Corpus;
  readonly catalogue: Catalogue;
  readonly vectors: Nearness;
  /** Vectors of a model outside; they answer when the query has one too. */
  readonly model: ModelVectors;
  readonly embedder: Embedder;
  /** What a filter may ask of an indexed file. */
  readonly entryOf: (path: string) => Filtered | undefined;
  /** Told of a document one of whose passages has no record any more. */
  readonly lost: (path: string) => void;
}

/** A passage that may answer, with everything needed once memory has moved on. */
interface Candidate {
  readonly path: string;
  readonly isConversation: boolean;
  /** Undefined for a document that has no passage. */
  readonly id: number | undefined;
  readonly ordinal: number;
  /** All evidence: words, file, name, then vector. */
  score: number;
  /** False for a passage that only its vector brought. */
  readonly hasWords: boolean;
  /** Share of the score that its name, or a term found letter by letter, brought. */
  byName: number;
  isExact: boolean;
  byVector: number;
}

export interface Found<T> {
  readonly hits: readonly T[];
  readonly routes: readonly IndexRoute[];
}

/** What words and letters found, before a model is asked. */
interface ByWords {
  readonly words: LexicalQuery;
  readonly scope: Scope;
  readonly candidates: Candidate[];
  readonly routes: readonly IndexRoute[];
}

/**
 * Entries that answer a query, best first, each with its best passage (or passages, when more are asked for). `later` is
 * its vector where that is still to come; words are looked for meanwhile.
 */
export async function searchCorpus(
  searched: Searched,
  query: IndexQuery,
  later?: Promise<IndexQuery['vector']>,
): Promise<Found<IndexHit>> {
  // A document may be replaced while its passage is read; then the answer is made once more from the new state.
  const first = await attempt(searched, query, later);
  if (!first.hits.includes(undefined)) return { ...first, hits: first.hits.filter(isDefined) };
  await nextTurn();
  const second = await attempt(searched, query, later);
  return { ...second, hits: second.hits.filter(isDefined) };
}

async function attempt(
  searched: Searched,
  query: IndexQuery,
  later: Promise<IndexQuery['vector']> | undefined,
): Promise<Found<IndexHit | undefined>> {
  const { corpus } = searched;
  const { revision } = corpus;
  let found = await byWords(searched, query);
  const vector = later === undefined ? query.vector : await later;
  // What was found is of the state of then: its numbers mean something else in another one.
  if (corpus.revision !== revision) found = await byWords(searched, query);
  if (found === undefined) return { hits: [], routes: [] };
  const { words, routes } = found;
  const all = withModel(searched, vector, found);
  return { hits: await toHits(searched, words, chosen(all, query), query.answered), routes };
}

async function byWords(searched: Searched, query: IndexQuery): Promise<ByWords | undefined> {
  const { corpus } = searched;
  const everything = corpus.scope(query.within, query.without);
  const scope =
    query.filter === undefined ? everything : corpus.filtered(everything, asFilter(searched, query.filter));
  const words = lexicalQuery(query.text, corpus.index, scope);
  if (words.rarity.size === 0 || scope.documentCount === 0) return undefined;
  const terms = exactTerms(query.text);
  const { entries, routes } = rankWords(words, corpus, scope, {
    text: query.text,
    within: query.within,
    flat: query.flat === true,
    keep: Math.max(terms.length > 0 ? LOOKED_THROUGH : COMPARED, query.limit * 2),
    bestOnly: terms.length === 0 && (query.passagesPerEntry ?? 1) === 1,
  });
  const ranked = entries.map((entry) => toCandidate(entry, corpus));
  const candidates = await withExact(searched, ranked, terms, query);
  const vector = await queryVector(searched.embedder, query.text, words);
  if (new Set(candidates.map(({ path }) => path)).size < query.limit) {
    candidates.push(...nearestOthers(searched, vector, scope, candidates));
  }
  await compare(searched.vectors, vector, candidates);
  // A graph over folded vectors guesses, so what it brought must also be near by its whole vector.
  const supported = candidates.filter(({ hasWords, byVector }) => hasWords || byVector >= NEAREST_MIN);
  return { words, scope, candidates: supported, routes };
}

/** Lifts the passages that have what was asked for letter by letter, and lets go of what was only looked through. */
async function withExact(
  searched: Searched,
  candidates: Candidate[],
  terms: readonly string[],
  { limit }: IndexQuery,
): Promise<Candidate[]> {
  if (terms.length === 0) return candidates;
  const passages = await passagesOf(searched, candidates);
  const shares = exactShares(
    terms,
    passages.map((passage) => (passage === undefined ? '' : `${passage.heading}\n${passage.text}`)),
  );
  candidates.forEach((candidate, at) => {
    if (shares[at] === 0) return;
    candidate.isExact = true;
    candidate.score += EXACT * shares[at]!;
    candidate.byName += EXACT * shares[at]!;
  });
  return candidates.sort(byScore).slice(0, Math.max(COMPARED, limit * 2));
}

/** Words and the model's vectors as one list; words alone where the model has nothing to say. */
function withModel(
  { corpus, model }: Searched,
  vector: IndexQuery['vector'],
  { scope, candidates: byWords }: ByWords,
): Candidate[] {
  const serving = vector === undefined ? undefined : model.serving(vector.stamp);
  if (vector === undefined || serving === undefined) return byWords;
  const near = serving
    .nearest(vector.values, NEAREST, vectorScope(corpus, scope))
    .filter(({ similarity }) => similarity > 0);
  const known = new Map(byWords.map((candidate) => [candidate.id, candidate]));
  const byModel = near.map(({ id, similarity }) => {
    const slot = corpus.slotOf(id)!;
    const candidate =
      known.get(id) ?? toCandidate({ document: corpus.documentOf(slot)!, slot, score: 0, name: 0 }, corpus);
    candidate.byVector = Math.max(candidate.byVector, similarity);
    return candidate;
  });
  for (const [candidate, score] of fused(byWords.sort(byScore), byModel, near)) {
    // Whoever asks for a file by its name means that file, whatever the model finds near.
    candidate.score = candidate.isExact || candidate.byName >= 1 ? EXACT + score : score;
  }
  return [...new Set([...byWords, ...byModel])];
}

function vectorScope(corpus: Corpus, scope: Scope): VectorScope {
  return {
    count: scope.passageCount,
    isEverything: scope.passageCount === corpus.passages,
    documents: scope.documents,
    bits: () => corpus.bitsOf(scope),
    ids: () => corpus.idsIn(scope),
  };
}

function asFilter({ entryOf }: Searched, filter: IndexFilter): (path: string) => boolean {
  const fits = entryFilter(filter);
  return (path) => {
    const entry = entryOf(path);
    return entry !== undefined && fits(entry);
  };
}

async function queryVector(embedder: Embedder, text: string, words: LexicalQuery): Promise<Float32Array> {
  if (embedder.embedTerms === undefined) return (await embedder.embed([text]))[0]!;
  return embedder.embedTerms(tokenize(text), (word) => words.rarity.get(word) ?? 1);
}

function toCandidate({ document, slot, score, name }: Ranked, corpus: Corpus): Candidate {
  return {
    path: document.path,
    isConversation: document.kind === 'conversation',
    id: slot === undefined ? undefined : corpus.idOf(slot),
    ordinal: slot === undefined ? 0 : corpus.ordinalOf(slot),
    score,
    hasWords: score > 0,
    byName: name,
    isExact: false,
    byVector: 0,
  };
}

/** Passages near the query that have no word of it. */
function nearestOthers(
  { corpus, vectors }: Searched,
  vector: Float32Array,
  scope: Scope,
  known: readonly Candidate[],
): Candidate[] {
  const ids = new Set(known.map(({ id }) => id));
  const near = vectors.nearest(vector, NEAREST, vectorScope(corpus, scope));
  return near
    .filter(({ id }) => !ids.has(id))
    .map(({ id }) => {
      const slot = corpus.slotOf(id)!;
      return toCandidate({ document: corpus.documentOf(slot)!, slot, score: 0, name: 0 }, corpus);
    });
}

/** Adds the vectors' evidence, relative to the nearest candidate as words are to the best. */
async function compare(
  vectors: Nearness,
  query: Float32Array,
  candidates: readonly Candidate[],
): Promise<void> {
  const withId = candidates.filter((candidate) => candidate.id !== undefined);
  const similarities = await vectors.similarities(
    query,
    withId.map(({ id }) => id!),
  );
  const top = Math.max(0, ...similarities);
  if (top === 0) return;
  withId.forEach((candidate, at) => {
    candidate.byVector = Math.max(0, similarities[at]!);
    const weight = candidate.isConversation ? VECTOR_IN_CONVERSATION : VECTOR;
    candidate.score += (weight * candidate.byVector) / top;
  });
}

function chosen(candidates: Candidate[], { limit, passagesPerEntry = 1 }: IndexQuery): Candidate[] {
  const perPath = new Map<string, number>();
  const kept: Candidate[] = [];
  for (const candidate of candidates.sort(byScore)) {
    if (kept.length >= limit) break;
    const count = perPath.get(candidate.path) ?? 0;
    if (count >= passagesPerEntry) continue;
    perPath.set(candidate.path, count + 1);
    kept.push(candidate);
  }
  return kept;
}

/** Scores are relative to the best, and the best is worth the share of the question that it holds. */
async function toHits(
  searched: Searched,
  words: LexicalQuery,
  candidates: readonly Candidate[],
  answered = candidates.length,
): Promise<(IndexHit | undefined)[]> {
  const best = candidates[0];
  if (best === undefined) return [];
  const match = ({ path, id }: Candidate) => matchOf(words, path, termsOf(searched.corpus, words, id));
  const worth = Math.max(match(best).share, best.byVector, best.byName > 0.5 ? 1 : 0.05);
  const scores = candidates.map(({ score }) => {
    return Math.round(Math.min(1, (worth * score) / best.score) * 1e4) / 1e4;
  });
  const shown = candidates.filter((_, at) => at < answered || scores[at] === scores[answered - 1]);
  const passages = await passagesOf(searched, shown);
  return shown.map((candidate, at) => {
    const passage = passages[at];
    if (passage === undefined) return undefined;
    const [start, end] = passage.lines;
    const { reason } = match(candidate);
    return {
      path: candidate.path,
      score: scores[at]!,
      passage: passage.text,
      lines: { start, end },
      heading: passage.heading,
      reason: candidate.isExact ? `as written; ${reason}` : reason,
    };
  });
}

/** Their records; undefined for a passage that is gone, or lost. */
function passagesOf(
  { catalogue, corpus, lost }: Searched,
  candidates: readonly Candidate[],
): Promise<(PassageRecord | undefined)[]> {
  return Promise.all(
    candidates.map(async ({ id, path }) => {
      if (id === undefined) return EMPTY;
      const passage = await catalogue.passage(id);
      if (passage === undefined && corpus.slotOf(id) !== undefined) lost(path);
      return passage;
    }),
  );
}

/** Which of the query's terms a passage has; none when it is gone. */
function termsOf(corpus: Corpus, { terms }: LexicalQuery, id: number | undefined): ReadonlySet<number> {
  const found = new Set<number>();
  const slot = id === undefined ? undefined : corpus.slotOf(id);
  if (slot === undefined) return found;
  const asked = new Set(terms.map(({ term }) => term));
  corpus.index.forEachTerm(slot, (term) => {
    if (asked.has(term)) found.add(term);
  });
  return found;
}

const EMPTY: PassageRecord = { lines: [1, 1], heading: '', text: '' };

function byScore(a: Candidate, b: Candidate): number {
  return b.score - a.score || byText(a.path, b.path) || a.ordinal - b.ordinal;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
