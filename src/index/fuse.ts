/**
 * What the nearest by the model's vectors gets beside 1 for the best by words, and how fast that falls: to the fifth power
 * of how far a passage stands out from the nearest fifty. A good model's answers stand out; those of a poor one lie close
 * together, and then nearly nothing is added. Chosen on Cranfield and LoCoMo, both seen, over eight simulated models from
 * random vectors to one that knows half of the answer (nDCG@10 and recall@10 against words alone): at worst -0.3, by
 * words in 64 dimensions; 0.0 to +0.7 by words in 384; +1.4 to +5.2 by apt ones. In proportion (power 1, 0.2) the poor
 * ones cost up to 1.2. Ranks (RRF with k = 10) lose 2 to 4 points.
 */
const MODEL = 0.1;
const PEAK = 5;

interface ByWords {
  readonly score: number;
}

interface Near {
  readonly similarity: number;
}

/**
 * Scores of everything in two ranked lists as a convex combination (Bruch et al. 2023): words as a share of the best,
 * vectors from 0 for the last of `near` to 1 for its first, since all similarities of a model lie close together, and by
 * `PEAK`.
 * `near[i]` belongs to `byModel[i]`.
 */
export function fused<T extends ByWords>(
  byWords: readonly T[],
  byModel: readonly T[],
  near: readonly Near[],
): Map<T, number> {
  const best = byWords[0]?.score ?? 0;
  const scores = new Map<T, number>();
  for (const one of byWords) scores.set(one, best > 0 ? one.score / best : 0);
  const most = near[0]?.similarity ?? 0;
  const least = near.at(-1)?.similarity ?? 0;
  byModel.forEach((one, rank) => {
    const share = most > least ? (near[rank]!.similarity - least) / (most - least) : 1;
    scores.set(one, (scores.get(one) ?? 0) + MODEL * share ** PEAK);
  });
  return scores;
}
