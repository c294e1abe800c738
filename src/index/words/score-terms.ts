import { ADDON_PROTOCOL, requireAddon } from '../../base/native-addon.ts';
import { type PostingList, readPostings } from './postings.ts';

/** Arrays that a question is scored in, by slot or document number. */
export interface ScoreTable {
  readonly documentOf: Uint32Array;
  readonly lengthOf: Uint32Array;
  readonly documentLength: Uint32Array;
  /** One byte per document number; 1 is inside. */
  readonly scope: Uint8Array;
  readonly passage: Float64Array;
  /** Empty when no shares are wanted. */
  readonly share: Float64Array;
  readonly document: Float64Array;
  /** All zeros between two terms. */
  readonly counts: Float64Array;
  /** What has a score, in the order it was met; with room for everything. */
  readonly slots: Uint32Array;
  readonly documents: Uint32Array;
  /** Documents that have the term at hand. */
  readonly seen: Uint32Array;
  /** How many of `slots`, `documents` and `seen` are filled. */
  readonly filled: Uint32Array;
}

/** What a term is worth, k1, b and the average length of BM25, and what it adds to the share of a passage. */
export type TermWeights = Float64Array;

/** What a term's letters are worth beside a question; see `LetterVectors`. */
export interface TermTable {
  readonly codes: Uint16Array;
  readonly starts: Uint32Array;
  readonly squares: Float32Array;
  readonly products: Float32Array;
  readonly logWeights: Float64Array;
}

export interface TermLists {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
}

/** Adding up over postings: most of the time of a question in words. */
export interface TermScoring {
  /** Postings of a list that are of documents in scope. */
  countPostings(list: PostingList, documentOf: Uint32Array, scope: Uint8Array): number;
  /** Adds a term to the scores of passages; how often their documents have it is in `counts` then, for the next call. */
  scorePassages(list: PostingList, weights: TermWeights, table: ScoreTable): void;
  scoreDocuments(weights: TermWeights, table: ScoreTable): void;
  /**
   * Of each document the passage that scores most, the earlier of equals: by its number the slot and 1 in `best`, all
   * zeros before. Their numbers are put into `numbers`; returns how many.
   */
  bestSlots(
    slots: Uint32Array,
    scores: Float64Array,
    documentOf: Uint32Array,
    ordinals: Uint32Array,
    best: Uint32Array,
    numbers: Uint32Array,
  ): number;
  /**
   * Product with the question and squared length, of each slot, into `sums`. Returns false when it does not do that, or a
   * term occurs more often than `logWeights` tells: then the caller adds up itself.
   */
  compareTerms(slots: Uint32Array, lists: TermLists, terms: TermTable, sums: Float64Array): boolean;
}

/**
 * What the addon has (native/src/score_terms.h), a fifth of the time of the one in JavaScript; undefined without an addon
 * that has it. Both give the same numbers to the last bit.
 */
export function nativeScoring(load: () => unknown = requireAddon): TermScoring | undefined {
  try {
    const addon = load() as Partial<TermScoring> & { readonly protocol?: number };
    const { protocol, countPostings, scorePassages, scoreDocuments, bestSlots, compareTerms } = addon;
    if (protocol !== ADDON_PROTOCOL || countPostings === undefined || scorePassages === undefined)
      return undefined;
    if (scoreDocuments === undefined || bestSlots === undefined || compareTerms === undefined)
      return undefined;
    return { countPostings, scorePassages, scoreDocuments, bestSlots, compareTerms };
  } catch {
    // The portable driver runs without the addon, and so does everything else.
    return undefined;
  }
}

let scratch: Uint32Array = new Uint32Array(1_024);

function valuesOf(list: PostingList): Uint32Array {
  const { values } = readPostings(list, scratch);
  scratch = values;
  return values;
}

export const plainScoring: TermScoring = {
  countPostings(list, documentOf, scope) {
    const values = valuesOf(list);
    let found = 0;
    for (let at = 0; at < list.count; at++) if (scope[documentOf[values[at]! >>> 8]!] === 1) found++;
    return found;
  },

  scorePassages(list, weights, table) {
    const { documentOf, lengthOf, scope, passage, share, counts, slots, seen, filled } = table;
    const values = valuesOf(list);
    const [gain, shared] = [weights[0]!, weights[4]!];
    const top = weights[1]! + 1;
    const norm = lengthNorm(weights);
    let found = filled[0]!;
    let met = 0;
    for (let at = 0; at < list.count; at++) {
      const slot = values[at]! >>> 8;
      const owner = documentOf[slot]!;
      if (scope[owner] !== 1) continue;
      const times = values[at]! & 255;
      if (passage[slot] === 0) slots[found++] = slot;
      passage[slot]! += (gain * times * top) / (times + norm(lengthOf[slot]!));
      if (share.length > 0) share[slot]! += shared;
      if (counts[owner] === 0) seen[met++] = owner;
      counts[owner]! += times;
    }
    filled[0] = found;
    filled[2] = met;
  },

  scoreDocuments(weights, { documentLength, counts, document, documents, seen, filled }) {
    const gain = weights[0]!;
    const top = weights[1]! + 1;
    const norm = lengthNorm(weights);
    let found = filled[1]!;
    for (let at = 0; at < filled[2]!; at++) {
      const owner = seen[at]!;
      const times = counts[owner]!;
      counts[owner] = 0;
      if (document[owner] === 0) documents[found++] = owner;
      document[owner]! += (gain * times * top) / (times + norm(documentLength[owner]!));
    }
    filled[1] = found;
  },

  bestSlots(slots, scores, documentOf, ordinals, best, numbers) {
    let count = 0;
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at]!;
      const number = documentOf[slot]!;
      const other = best[number]! - 1;
      if (other < 0) numbers[count++] = number;
      else if (scores[slot]! < scores[other]!) continue;
      else if (scores[slot] === scores[other] && ordinals[slot]! >= ordinals[other]!) continue;
      best[number] = slot + 1;
    }
    return count;
  },

  compareTerms: () => false,
};

function lengthNorm(weights: TermWeights): (length: number) => number {
  const [k1, b, average] = [weights[1]!, weights[2]!, weights[3]!];
  return (length) => k1 * (1 - b + (b * length) / average);
}

/** What questions are answered with. */
export const scoring: TermScoring = nativeScoring() ?? plainScoring;
