import { uint32List } from './lists.ts';
import type { LexicalQuery } from './query.ts';
import { idf, type Scope } from './scope.ts';
import { countIn, slotIn, type WordIndex } from './word-index.ts';

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
  const passage = zeros('passage', index.slots);
  const document = zeros('document', index.documentBound);
  const name = zeros('name', index.documentBound);
  const counts = zeros('counts', index.documentBound);
  const share = zeros('share', shares ? index.slots : 0);
  slots.length = documents.length = named.length = 0;
  const passageNorm = lengthNorm(PASSAGE, scope.length, scope.passageCount);
  const documentNorm = lengthNorm(DOCUMENT, scope.length, scope.documentCount);
  let information = 0;
  for (const rarity of query.rarity.values()) information += rarity;

  for (const { term, weight, rarity } of query.terms) {
    const { values, count } = index.occurrences(term, scope.documents);
    const gain = weight * rarity;
    seen.length = 0;
    for (let at = 0; at < count; at++) {
      const slot = slotIn(values[at]!);
      const times = countIn(values[at]!);
      const length = index.lengthOf.data[slot]!;
      if (passage[slot] === 0) slots.push(slot);
      passage[slot]! += (gain * times * (PASSAGE.k1 + 1)) / (times + passageNorm(length));
      if (shares) share[slot]! += gain / information;
      const owner = index.documentOf.data[slot]!;
      if (counts[owner] === 0) seen.push(owner);
      counts[owner]! += times;
    }
    const documentGain = weight * idf(seen.length, scope.documentCount);
    for (let at = 0; at < seen.length; at++) {
      const owner = seen.data[at]!;
      const times = counts[owner]!;
      counts[owner] = 0;
      if (document[owner] === 0) documents.push(owner);
      const norm = documentNorm(index.documentLength.data[owner]!);
      document[owner]! += (documentGain * times * (DOCUMENT.k1 + 1)) / (times + norm);
    }
    const names = index.named(term, scope.documents);
    for (let at = 0; at < names.count; at++) {
      const owner = names.values[at]! >>> 1;
      if (name[owner] === 0) named.push(owner);
      name[owner]! += (names.values[at]! & 1) === 1 ? rarity * DIRECTORY_SHARE : rarity;
    }
  }
  if (information > 0) for (const owner of named.filled) name[owner]! /= information;
  return {
    slots: slots.filled,
    passage,
    share,
    documents: documents.filled,
    document,
    named: named.filled,
    name,
  };
}

function lengthNorm(
  { k1, b }: { k1: number; b: number },
  total: number,
  count: number,
): (length: number) => number {
  const average = count === 0 || total === 0 ? 1 : total / count;
  return (length) => k1 * (1 - b + (b * length) / average);
}
