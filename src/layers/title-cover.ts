import { termWeight } from '../base/text/key-terms.ts';
import { stem, surfaceWords, tokenize } from '../base/text/tokenize.ts';

/** What one child is about, and in how few words that can be said. */
export interface Subject {
  /** Text whose words should be found in the abstract: a title, or the sentence that says what a source file is. */
  readonly text: string;
  /** A name for it in a list; empty when only its words are of use. */
  readonly phrase: string;
}

interface Candidate {
  readonly text: string;
  readonly terms: readonly string[];
  readonly cost: number;
}

/** A list that is only single words reads badly: a name may cost a little more than its words alone. */
const PHRASE_BONUS = 1.1;
/** Words of the path are in every name around. */
const FAINT_WEIGHT = 0.15;
/** A word that many children share says more for its length than one title does. */
const SHARED_BY_LEAST = 2;
const SEPARATOR = 2;
/** Below this share of a child's subject for a character, room is better spent on what the texts are about. */
const GAIN_LEAST = 0.0015;

/**
 * Names and words, in at most `room` characters with `, ` between, that together say the most of what the subjects are about:
 * greedily the candidate that covers the most for its length. A subject half covered counts for three quarters, so
 * many are touched before any is complete. Words of `said` are covered from the start, `faint` ones count little.
 * Deterministic. Over seven trees, mean MRR of an abstract with the first names: 0.58, with these 0.71.
 */
export function coveringPhrases(
  subjects: readonly Subject[],
  { said, faint, room }: { said: ReadonlySet<string>; faint: ReadonlySet<string>; room: number },
): string[] {
  const bags = subjects.map(({ text }) => bagOf(text, faint));
  const holders = new Map<string, number[]>();
  for (const [at, bag] of bags.entries())
    for (const term of bag.keys()) holders.set(term, [...(holders.get(term) ?? []), at]);
  const covered = bags.map(() => 0);
  const taken = new Set<string>();
  const cover = (term: string): void => {
    if (taken.has(term)) return;
    taken.add(term);
    for (const at of holders.get(term) ?? []) covered[at]! += bags[at]!.get(term)!;
  };
  for (const term of said) cover(term);
  const gainOf = ({ terms }: Candidate): number => {
    let gain = 0;
    const added = new Map<number, number>();
    for (const term of terms) {
      if (taken.has(term)) continue;
      for (const at of holders.get(term) ?? []) added.set(at, (added.get(at) ?? 0) + bags[at]!.get(term)!);
    }
    for (const [at, share] of added) gain += worth(covered[at]! + share) - worth(covered[at]!);
    return gain;
  };
  const open = candidatesOf(subjects, holders);
  const chosen: string[] = [];
  for (let left = room + SEPARATOR; left > 0; ) {
    let best: Candidate | undefined;
    let bestRate = GAIN_LEAST;
    for (const candidate of open) {
      if (candidate.cost > left) continue;
      const rate = gainOf(candidate) / candidate.cost;
      if (rate > bestRate) [best, bestRate] = [candidate, rate];
    }
    if (best === undefined) break;
    chosen.push(best.text);
    for (const term of best.terms) cover(term);
    left -= best.text.length + SEPARATOR;
  }
  return chosen;
}

/** Half of a subject is worth three quarters of it. */
function worth(share: number): number {
  const missing = Math.max(0, 1 - share);
  return 1 - missing * missing;
}

/** Shares of a text's terms, generic and `faint` ones small; they add up to 1. */
function bagOf(text: string, faint: ReadonlySet<string>): Map<string, number> {
  const bag = new Map<string, number>();
  for (const term of tokenize(text)) bag.set(term, termWeight(term) * (faint.has(term) ? FAINT_WEIGHT : 1));
  let sum = 0;
  for (const weight of bag.values()) sum += weight;
  for (const [term, weight] of bag) bag.set(term, weight / sum);
  return bag;
}

function candidatesOf(
  subjects: readonly Subject[],
  holders: ReadonlyMap<string, readonly number[]>,
): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { text, phrase } of subjects) {
    if (phrase !== '' && !found.has(phrase)) {
      const cost = (phrase.length + SEPARATOR) / PHRASE_BONUS;
      found.set(phrase, { text: phrase, terms: tokenize(phrase), cost });
    }
    for (const word of surfaceWords(text)) {
      const isShared = (holders.get(stem(word))?.length ?? 0) >= SHARED_BY_LEAST;
      if (!isShared || word.length < 2 || found.has(word)) continue;
      found.set(word, { text: word, terms: tokenize(word), cost: word.length + SEPARATOR });
    }
  }
  return [...found.values()];
}
