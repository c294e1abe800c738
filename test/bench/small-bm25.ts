import { tokenize } from '../../src/base/text/tokenize.ts';

const K1 = 1.2;
const B = 0.75;

/**
 * For each question the documents that share a word with it, best first, by BM25 (k1 1.2, b 0.75). Small and exact: to
 * compare texts with each other, not to serve anybody.
 */
export function rankedLists(documents: readonly string[], questions: readonly string[]): number[][] {
  const counts = documents.map((text) => {
    const bag = new Map<string, number>();
    for (const term of tokenize(text)) bag.set(term, (bag.get(term) ?? 0) + 1);
    return bag;
  });
  const lengths = counts.map((bag) => [...bag.values()].reduce((sum, count) => sum + count, 0));
  const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
  const having = new Map<string, number>();
  for (const bag of counts) for (const term of bag.keys()) having.set(term, (having.get(term) ?? 0) + 1);
  return questions.map((question) => {
    const scores = new Map<number, number>();
    for (const term of new Set(tokenize(question))) {
      const df = having.get(term);
      if (df === undefined) continue;
      const idf = Math.log(1 + (documents.length - df + 0.5) / (df + 0.5));
      for (const [at, bag] of counts.entries()) {
        const tf = bag.get(term);
        if (tf === undefined) continue;
        const norm = K1 * (1 - B + (B * lengths[at]!) / average);
        scores.set(at, (scores.get(at) ?? 0) + (idf * tf * (K1 + 1)) / (tf + norm));
      }
    }
    return [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([at]) => at);
  });
}
