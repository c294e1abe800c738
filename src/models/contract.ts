/** The model contracts. The embedded implementations need no key, no network and no files. */

export interface Embedder {
  /** Says what made a vector; vectors of different stamps are never compared. E.g. `embedded-hash-v1/1024`. */
  readonly stamp: string;
  readonly dimensions: number;
  /** True when a vector costs no network and little time, so that it may be made on the read path. */
  readonly local: boolean;
  /** One unit-length vector per text, in order. @throws MODEL_UNAVAILABLE, DEADLINE_EXCEEDED */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
}
