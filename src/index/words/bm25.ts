import { uint32List } from './lists.ts';
import type { LexicalQuery } from './query.ts';
import { idf, type Scope } from './scope.ts';
import { type ScoreTable, scoring } from './score-terms.ts';
import type { WordIndex } from './word-index.ts';

/** Okapi BM25 (Robertson and Zaragoza 2009), per kind of text; tuned on LoCoMo, checked on CACM, Cranfield and CISI. */
const PASSAGE = { k1: 0.9, b: 0.4 };
const DOCUMENT = { k1: 1.2, b: 0.75 };
/** A word in a directory's name says half as much as one in the file's own. */
const DIRECTORY_SHARE = 0.5;

/** Scores of everything that has a word of the query. Arrays are by slot or document number, 0 when not listed. */
export interface LexicalScores {
  readonly slots: Uint32Array;
  readonly passage: Float64Array;
  /** Share of the query's information that is in the passage, about 0 to 1; nothing, unless it was asked for. */
  readonly share: Float64Array;
  readonly documents: Uint32Array;
  readonly document: Float64Array;
  readonly named: Uint32Array;
  /** Share of the query's information that is in the name, 0 to 1. */
  readonly name: Float64Array;
}

const pool = new Map<string, Float64Array>();
const slots = uint32List();
const documents = uint32List();
const named = uint32List();
const seen = uint32List();
const weights = new Float64Array(5);
const NONE = new Float64Array();

/**
 * Zeros of at least this length, the same memory for every question: fresh megabytes a question cost page faults and
 * linger until they are collected.
 */
function zeros(name: string, length: number): Float64Array {
  const known = pool.get(name);
  if (known !== undefined && known.length >= length) {
    known.fill(0, 0, length);
    return known;
  }
  const fresh = new Float64Array(Math.ceil(length * 1.1));
  pool.set(name, fresh);
  return fresh;
}

/** Scores a query over the passages and documents in scope. The answer's arrays are good until the next question. */
export function lexicalScores(
  query: LexicalQuery,
  index: WordIndex,
  scope: Scope,
  { shares }: { readonly shares: boolean },
): LexicalScores {
  slots.reserve(index.slots);
  for (const list of [documents, seen, named]) list.reserve(index.documentBound);
  const table: ScoreTable = {
    documentOf: index.documentOf.data,
    lengthOf: index.lengthOf.data,
    documentLength: index.documentLength.data,
    scope: scope.documents,
    passage: zeros('passage', index.slots),
    share: shares ? zeros('share', index.slots) : NONE,
    document: zeros('document', index.documentBound),
    counts: zeros('counts', index.documentBound),
    slots: slots.data,
    documents: documents.data,
    seen: seen.data,
    filled: new Uint32Array(3),
  };
  const name = zeros('name', index.documentBound);
  named.length = 0;
  let information = 0;
  for (const rarity of query.rarity.values()) information += rarity;
  const passageAverage = average(scope.length, scope.passageCount);
  const documentAverage = average(scope.length, scope.documentCount);

  for (const { term, weight, rarity } of query.terms) {
    const gain = weight * rarity;
    weights.set([gain, PASSAGE.k1, PASSAGE.b, passageAverage, gain / information]);
    scoring.scorePassages(index.postings(term), weights, table);
    const documentGain = weight * idf(table.filled[2]!, scope.documentCount);
    weights.set([documentGain, DOCUMENT.k1, DOCUMENT.b, documentAverage, 0]);
    scoring.scoreDocuments(weights, table);
    const names = index.named(term, scope.documents);
    for (let at = 0; at < names.count; at++) {
      const owner = names.values[at]! >>> 1;
      if (name[owner] === 0) named.push(owner);
      name[owner]! += (names.values[at]! & 1) === 1 ? rarity * DIRECTORY_SHARE : rarity;
    }
  }
  if (information > 0) for (const owner of named.filled) name[owner]! /= information;
  [slots.length, documents.length] = [table.filled[0]!, table.filled[1]!];
  return {
    slots: slots.filled,
    passage: table.passage,
    share: table.share,
    documents: documents.filled,
    document: table.document,
    named: named.filled,
    name,
  };
}

function average(total: number, count: number): number {
  return count === 0 || total === 0 ? 1 : total / count;
}
