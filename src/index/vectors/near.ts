export interface Near {
  readonly id: number;
  /** Cosine, for vectors of unit length. */
  readonly similarity: number;
}

/** Nearest first; equals by id. */
export function byNearness(a: Near, b: Near): number {
  return b.similarity - a.similarity || a.id - b.id;
}
