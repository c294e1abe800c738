import { termWeight } from '../base/text/key-terms.ts';
import { stem, surfaceWords } from '../base/text/tokenize.ts';

/**
 * Sentences that together cover the most of what a conversation is about, in their own order: greedily the sentence
 * with the most new term weight per square root of its length, until `wordBudget` words. The lead is below random on
 * chat, and coverage is what finds a session again (session recall@5: lead 37, coverage 63, coverage and terms 77).
 */
export function coveringSentences(sentences: readonly string[], wordBudget: number): string[] {
  const candidates = sentences.map((text) => {
    const terms = surfaceWords(text).map(stem);
    return { text, terms: new Set(terms), words: text.split(/\s+/).length };
  });
  const weights = weightsOf(candidates);
  const chosen = new Set<number>();
  const covered = new Set<string>();
  let left = wordBudget;
  while (left > 0) {
    let bestAt = -1;
    let bestGain = 0;
    for (const [at, { terms, words }] of candidates.entries()) {
      if (chosen.has(at) || words > left || words < 3) continue;
      let gain = 0;
      for (const term of terms) if (!covered.has(term)) gain += weights.get(term)!;
      gain /= Math.sqrt(words);
      if (gain > bestGain) [bestAt, bestGain] = [at, gain];
    }
    if (bestAt < 0) break;
    chosen.add(bestAt);
    for (const term of candidates[bestAt]!.terms) covered.add(term);
    left -= candidates[bestAt]!.words;
  }
  return [...chosen].sort((a, b) => a - b).map((at) => candidates[at]!.text);
}

function weightsOf(candidates: readonly { terms: ReadonlySet<string> }[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { terms } of candidates)
    for (const term of terms) weights.set(term, (weights.get(term) ?? 0) + 1);
  for (const [term, count] of weights) weights.set(term, (1 + Math.log(count)) * termWeight(term));
  return weights;
}
