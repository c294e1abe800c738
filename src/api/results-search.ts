/** Result shapes of finding: by meaning, in a session, by text and by name. Types only. */
import type { Hit, IndexFreshness } from './results.ts';

export interface FindResult {
  readonly memories: readonly Hit[];
  readonly resources: readonly Hit[];
  readonly skills: readonly Hit[];
  readonly total: number;
  readonly freshness: IndexFreshness;
  /** How the answer came about, when asked for. */
  readonly provenance?: Provenance;
  /** What was asked for in place of the question; only in answers of `search`. */
  readonly query_plan?: QueryPlan;
}

/** A directory on the way from the searched roots to the hits. */
export interface RouteStep {
  readonly uri: string;
  /** 0 to 1 within this answer. */
  readonly score: number;
  /** Files below it that spoke for it. */
  readonly files: number;
  readonly entered: boolean;
  /** `entered`, or why not. */
  readonly reason: string;
}

/** Whether a model reordered the answer, or why not. */
export interface Reranked {
  readonly model: string;
  /** How many of the best were judged; 0 when the order is that of words and vectors. */
  readonly judged: number;
  readonly fallback?: string;
}

export interface Provenance {
  readonly query: string;
  readonly searched_directories: readonly string[];
  /** Each directory after the one it is in, best first. Files of directories that were not entered compete too. */
  readonly trajectory: readonly RouteStep[];
  /** Where a model reorders what was found. */
  readonly rerank?: Reranked;
}

export interface PlannedQuery {
  readonly query: string;
  readonly context_type: 'memory' | 'resource' | 'skill' | null;
  readonly intent: string;
  /** 1 is first. */
  readonly priority: number;
}

export interface QueryPlan {
  /** Who planned: `none` when the question was asked as it is. */
  readonly planner: 'chat' | 'rules' | 'none';
  readonly reasoning: string;
  readonly queries: readonly PlannedQuery[];
}

/** An entry of a block of context. */
export interface ContextEntry {
  readonly uri: string;
  /** `events`, `entities` …, `resources`, `skills` or `memories`. */
  readonly category: string;
  readonly score: number;
  readonly detail: 'abstract' | 'overview' | 'full';
  readonly text: string;
}

export interface ContextResult {
  readonly entries: readonly ContextEntry[];
  /** The entries as one text to give to a model. */
  readonly rendered: string;
  /** The entries in a few points, when a `rewrite` was asked for; empty otherwise. */
  readonly digest: string;
  /** Who wrote the digest. */
  readonly digest_writer: 'chat' | 'rules' | 'none';
  readonly stats: Readonly<Record<string, number>>;
  /** Of the index that was asked. */
  readonly freshness: IndexFreshness;
}

export interface GrepMatch {
  /** 1-based. */
  readonly line: number;
  readonly uri: string;
  readonly content: string;
}

export interface GrepResult {
  readonly matches: readonly GrepMatch[];
  readonly count: number;
  readonly match_count: number;
  readonly files_scanned: number;
  /** True when `node_limit` ended the search early. */
  readonly truncated: boolean;
}

export interface GlobResult {
  readonly matches: readonly string[];
  readonly count: number;
}
