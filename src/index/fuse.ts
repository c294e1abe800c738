/**
 * What the nearest by the model's vectors gets beside 1 for the best by words. Chosen on Cranfield and LoCoMo, both seen, with
 * two simulated models (`npm run bench -- retrieval --models`): one worse than words costs half a point of recall@10, one
 * better brings 2 to 3. Ranks (RRF with k = 10) lose 2 to 4 points by the first.
 */
const MODEL = 0.2;

interface ByWords {
  readonly score: number;
}

interface Near {
  readonly similarity: number;
}

/**
 * Scores of everything in two ranked lists as a convex combination (Bruch et al. 2023): words as a share of the best,
 * vectors from 0 for the last of `near` to 1 for its first, since all similarities of a model lie close together.
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
    scores.set(one, (scores.get(one) ?? 0) + MODEL * share);
  });
  return scores;
}
