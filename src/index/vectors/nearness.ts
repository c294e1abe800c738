import type { Near } from './near.ts';

/** Which passages a search may see. No other one is compared with, or has a part in what is answered. */
export interface VectorScope {
  readonly count: number;
  /** Whether that is every passage there is. */
  readonly isEverything: boolean;
  /** One byte per document number; 1 is inside. */
  readonly documents: Uint8Array;
  /** One bit per id, in words of 32; made when first asked for. */
  readonly bits: () => Uint32Array;
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
