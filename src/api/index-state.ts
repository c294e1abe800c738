import type { IndexFreshness } from './results.ts';

/** `exact`: compared one by one; `hnsw`: by a graph; `signs`: by signs, then exactly; `off`: there are none. */
type VectorMode = 'exact' | 'hnsw' | 'signs' | 'off';

interface VectorCounts {
  /** The model and the number of dimensions. */
  readonly stamp: string;
  readonly vectors: number;
  /** Passages that have none yet. */
  readonly missing: number;
}

/** What `status` says of the index. */
export interface IndexState {
  readonly freshness: IndexFreshness;
  readonly documents: number;
  readonly passages: number;
  readonly embedder: string;
  readonly vectors: VectorMode;
  /** Vectors of the embedding endpoint, once it has made some; `gathering` is a model that will take its place. */
  readonly model_vectors: {
    readonly mode: VectorMode;
    readonly serving: VectorCounts | null;
    readonly gathering: VectorCounts | null;
  };
}
