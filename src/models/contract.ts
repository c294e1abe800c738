/** The model contracts. The embedded implementations need no key, no network and no files. */

export interface Embedder {
  /** Says what made a vector; vectors of different stamps are never compared. E.g. `embedded-hash-v1/1024`. */
  readonly stamp: string;
  readonly dimensions: number;
  /** True when a vector costs no network and little time, so that it may be made on the read path. */
  readonly local: boolean;
  /** One unit-length vector per text, in order. @throws MODEL_UNAVAILABLE, DEADLINE_EXCEEDED */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /**
   * The vector of a text given as its index terms, each scaled by `weightOf` (default 1), e.g. by the rarity of a
   * query's words. Absent where a text cannot be embedded from its terms alone.
   */
  embedTerms?(terms: readonly string[], weightOf?: (term: string) => number): Float32Array;
  /**
   * A vector folded to this length (component `i` added to `i` modulo it) still tells near from far: true of hashed
   * features. A graph over folded vectors needs a fraction of the memory. Absent: vectors must stay whole.
   */
  readonly foldedDimensions?: number;
}
