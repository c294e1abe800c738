/** Reciprocal rank fusion (Cormack et al. 2009). 10 measured better than the usual 60 (LoCoMo 79.8 against 76.9 R@10). */
const RRF = 10;
/** Weight of the model's list beside 1 for words with their context. */
const MODEL = 0.8;

/** Scores of everything in two ranked lists, by rank alone: what both have high is first. */
export function fused<T>(byWords: readonly T[], byModel: readonly T[]): Map<T, number> {
  const scores = new Map<T, number>();
  byWords.forEach((one, rank) => {
    scores.set(one, 1 / (RRF + rank + 1));
  });
  byModel.forEach((one, rank) => {
    scores.set(one, (scores.get(one) ?? 0) + MODEL / (RRF + rank + 1));
  });
  return scores;
}
