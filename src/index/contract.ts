/**
 * The index contract, as the main thread sees the worker that holds it. Paths are content paths below the content
 * directory (`{account}/resources/a.md`). The index is rebuildable: it finds out what changed by comparing stamps, so
 * a hint may be late, doubled or wrong without harm.
 */
import type { IndexFreshness, LineRange } from '../api/results.ts';
import type { IndexFilter } from './filter.ts';

export interface IndexQuery {
  readonly text: string;
  /** Content path prefixes (a directory or a file) to search within; at least one. */
  readonly within: readonly string[];
  /** Content path prefixes inside `within` to leave out, e.g. other peers. */
  readonly without?: readonly string[];
  /** Only entries that fit are looked at. */
  readonly filter?: IndexFilter;
  /** For whoever adds the vector: none is to be waited for. */
  readonly local?: boolean;
  /** Directories add nothing: for comparison. */
  readonly flat?: boolean;
  /** Answer the routes too. */
  readonly explain?: boolean;
  /** Most entries to answer. */
  readonly limit: number;
  /** Answer the best so many of them only, and what has the same score as the last: reading passages takes time. */
  readonly answered?: number;
  /** The question as a vector of the model whose vectors serve; without, words answer alone. */
  readonly vector?: { readonly stamp: string; readonly values: Float32Array };
  /** Most passages of one entry. Default 1, the best; more for conversations, where each message is a passage. */
  readonly passagesPerEntry?: number;
}

/** One entry (file) that answers a query, best passage first. */
export interface IndexHit {
  readonly path: string;
  /** 0 to 1 within this answer. */
  readonly score: number;
  /** Text of the best passage, whole. */
  readonly passage: string;
  readonly lines: LineRange;
  /** Heading path or symbol of the best passage; empty when it has none. */
  readonly heading: string;
  /** Query words found, and whether name, words or vector decided: for people. */
  readonly reason: string;
}

/** A directory on the way to the entries. */
export interface IndexRoute {
  readonly path: string;
  /** 0 to 1 within this answer: its best files, and its name. */
  readonly score: number;
  /** Files below it that spoke for it. */
  readonly documents: number;
  /** Its files gain by its score. Those of other directories compete by themselves. */
  readonly entered: boolean;
  /** `entered`, or why not. */
  readonly reason: string;
}

export interface IndexAnswer {
  readonly hits: readonly IndexHit[];
  /** When asked for: each directory after the one it is in. */
  readonly routes?: readonly IndexRoute[];
  readonly freshness: IndexFreshness;
}

export interface IndexStatus {
  readonly freshness: IndexFreshness;
  readonly documents: number;
  readonly passages: number;
  readonly embedder: string;
  readonly vectors: VectorMode;
  /** Vectors of a model, when one was announced. */
  readonly modelVectors: VectorsStatus;
  /** Entries that could not be indexed and are tried again. Which, and why, is in the log: it is not everybody's to know. */
  readonly failed: number;
}

/** A passage whose vector is wanted. */
export interface MissingVector {
  readonly id: number;
  /** What to embed. */
  readonly text: string;
}

export interface PassageVector {
  readonly id: number;
  /** Unit length; empty when none can be made, so that it is not asked for again. */
  readonly values: Float32Array;
}

/**
 * `exact`: compared one by one; `hnsw`: by a graph; `signs`: by the signs of their components, then exactly, while the
 * graph is being built or cannot be; `off`: there are none.
 */
export type VectorMode = 'exact' | 'hnsw' | 'signs' | 'off';

export interface VectorsStatus {
  /** How the vectors that serve are searched. */
  readonly mode: VectorMode;
  /** The model whose vectors answer. A query's vector must be of this stamp. */
  readonly serving?: { readonly stamp: string; readonly vectors: number; readonly missing: number };
  /** The model whose vectors are gathered to take its place. */
  readonly gathering?: { readonly stamp: string; readonly vectors: number; readonly missing: number };
}

/**
 * Vectors made elsewhere (the index speaks to no network), e.g. by an embedding endpoint. Whoever makes them announces
 * the model, asks what is missing and puts it, batch by batch; a batch that was put survives a crash soon after and is
 * not asked for again. Vectors of a new model are gathered while those of the old one answer, and take their place once
 * every passage has one.
 */
export interface IndexVectors {
  /**
   * From now on vectors of this model are gathered. Say it before every round: an index that was built anew has
   * forgotten it. @throws INVALID_ARGUMENT
   */
  expect(stamp: string, dimensions: number): Promise<void>;
  /** Passages without a vector of the announced model, the latest first; at most `limit`. */
  missing(limit: number): Promise<readonly MissingVector[]>;
  /** @throws FAILED_PRECONDITION (of a model that is not announced), INVALID_ARGUMENT (other dimensions) */
  put(stamp: string, vectors: readonly PassageVector[]): Promise<void>;
}

export interface IndexEngine {
  readonly vectors: IndexVectors;
  /** These paths (files or directories) may have been created, changed or removed. Returns at once. */
  touch(paths: readonly string[]): void;
  /** Resolves when everything touched before is indexed and durable. */
  flush(): Promise<void>;
  /** `later` is the question's vector where it is still to come, undefined for none; words are looked for meanwhile. */
  search(query: IndexQuery, later?: Promise<IndexQuery['vector']>): Promise<IndexAnswer>;
  status(): IndexStatus;
  /** Forgets and rebuilds everything at or below a path. Resolves when it is searchable. */
  reindex(path: string): Promise<{ documents: number; passages: number }>;
  close(): Promise<void>;
}
