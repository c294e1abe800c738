import type { Near } from './near.ts';

/** Which passages a search may see. */
export interface VectorScope {
  readonly count: number;
  readonly allows: (id: number) => boolean;
  /** Ids of the passages in scope. */
  readonly ids: () => Iterable<number>;
}

/** What tells near passages from far ones, by id. */
export interface Nearness {
  /** Cosine of the query and each of `ids`; 0 where nothing is known. */
  similarities(query: Float32Array, ids: readonly number[]): Promise<Float64Array>;
  /** The `count` nearest in scope, nearest first; perhaps none while it is being built. */
  nearest(query: Float32Array, count: number, scope: VectorScope): readonly Near[];
}
