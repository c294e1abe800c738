/**
 * The index contract, as the main thread sees the worker that holds it. Paths are content paths below the content
 * directory (`{account}/resources/a.md`). The index is rebuildable: it finds out what changed by comparing stamps, so
 * a hint may be late, doubled or wrong without harm.
 */
import type { IndexFreshness, LineRange } from '../api/results.ts';

export interface IndexQuery {
  readonly text: string;
  /** Content path prefixes (a directory or a file) to search within; at least one. */
  readonly within: readonly string[];
  /** Content path prefixes inside `within` to leave out, e.g. other peers. */
  readonly without?: readonly string[];
  /** Most entries to answer. */
  readonly limit: number;
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

export interface IndexAnswer {
  readonly hits: readonly IndexHit[];
  readonly freshness: IndexFreshness;
}

export interface IndexStatus {
  readonly freshness: IndexFreshness;
  readonly documents: number;
  readonly passages: number;
  readonly embedder: string;
  readonly vectors: 'exact' | 'hnsw' | 'off';
  /** Last failure of a single document: path and reason. */
  readonly lastError?: string;
}

export interface IndexEngine {
  /** These paths (files or directories) may have been created, changed or removed. Returns at once. */
  touch(paths: readonly string[]): void;
  /** Resolves when everything touched before is indexed and durable. */
  flush(): Promise<void>;
  search(query: IndexQuery): Promise<IndexAnswer>;
  status(): IndexStatus;
  /** Forgets and rebuilds everything at or below a path. Resolves when it is searchable. */
  reindex(path: string): Promise<{ documents: number; passages: number }>;
  close(): Promise<void>;
}
