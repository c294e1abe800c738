import type { FindResult, GlobResult, GrepResult } from '../api/results.ts';
import type { ContentStore } from '../content/contract.ts';
import { type FindQuery, find, type Searchable } from './find.ts';
import { type GlobQuery, glob } from './glob.ts';
import { type GrepQuery, grep } from './grep.ts';

export type { IndexFilter } from '../index/filter.ts';
export { type Candidate, contextBlock, QUOTAS } from './context-block.ts';
export { type DigestOptions, digestOf, type Rewrite } from './digest.ts';
export { type FilterContext, parseFilter, tagOf } from './filter.ts';
export { timeOf } from './filter-time.ts';
export { type FindQuery, type Level, ranked, type Searchable } from './find.ts';
export type { FoundType } from './find-scope.ts';
export type { GlobQuery } from './glob.ts';
export type { GrepQuery } from './grep.ts';
export { mergeResults } from './merge-results.ts';
export { type PeerPenalty, withPeerPenalty } from './peer-penalty.ts';
export { planQueries, type Spoken } from './plan.ts';
export { best, RERANKED_MOST, reordered } from './reorder.ts';

/** Finding by meaning, by text and by name, over content paths the caller was checked for. */
export interface Retrieval {
  find(query: FindQuery): Promise<FindResult>;
  grep(query: GrepQuery): Promise<GrepResult>;
  glob(query: GlobQuery): Promise<GlobResult>;
}

export function createRetrieval(options: {
  readonly index: Searchable;
  readonly content: ContentStore;
}): Retrieval {
  return {
    find: (query) => find(options.index, options.content, query),
    grep: (query) => grep(options.content, query),
    glob: (query) => glob(options.content, query),
  };
}
