import type { FindResult, Hit } from '../api/results.ts';
import { clip } from '../base/tokens.ts';
import type { IndexAnswer, IndexHit, IndexQuery } from '../index/contract.ts';
import type { ContextType } from '../uri/index.ts';
import { VikingUri } from '../uri/index.ts';

const ABSTRACT_LIMIT = 256;

/** Kinds a hit can have in an answer. What was said in a session is remembered, so it counts as memory. */
export type FoundType = 'memory' | 'resource' | 'skill';

export interface FindQuery {
  readonly text: string;
  /** Content path prefixes to search within. */
  readonly within: readonly string[];
  readonly without?: readonly string[];
  readonly limit: number;
  readonly contextTypes?: readonly FoundType[];
  /** Hits below it are left out; 0 to 1. */
  readonly scoreThreshold?: number;
}

/** The part of the index that finding asks; the worker's remote fits. */
export interface Searchable {
  search(query: IndexQuery): Promise<IndexAnswer>;
}

/**
 * Entries that answer a question, by kind, best first. Sessions are searched only when a target lies within one:
 * raw talk would drown what was made of it.
 */
export async function find(index: Searchable, query: FindQuery): Promise<FindResult> {
  const filtered = query.contextTypes !== undefined;
  const answer = await index.search({
    text: query.text,
    within: query.within,
    without: [...(query.without ?? []), ...sessionsToLeaveOut(query.within)],
    // A filter by kind takes hits away after ranking, so more are asked for.
    limit: filtered ? Math.max(query.limit * 4, 50) : query.limit,
  });
  const hits = answer.hits
    .filter((hit) => hit.score >= (query.scoreThreshold ?? 0))
    .map((hit) => ({ hit, uri: uriOf(hit.path) }))
    .filter(({ uri }) => query.contextTypes?.includes(foundType(uri.contextType)) ?? true)
    .slice(0, query.limit)
    .map(({ hit, uri }) => asHit(hit, uri));
  const memories = hits.filter((hit) => hit.context_type === 'memory' || hit.context_type === 'session');
  const resources = hits.filter((hit) => hit.context_type === 'resource');
  const skills = hits.filter((hit) => hit.context_type === 'skill');
  return { memories, resources, skills, total: hits.length, freshness: answer.freshness };
}

/** Hits of an answer as one list in rank order. */
export function ranked(result: FindResult): readonly Hit[] {
  return [...result.memories, ...result.resources, ...result.skills].sort((a, b) => b.score - a.score);
}

function sessionsToLeaveOut(within: readonly string[]): readonly string[] {
  return within.flatMap((path) => {
    const [account, scope, user, ...rest] = path.split('/');
    return scope === 'user' && user !== undefined && rest.length === 0
      ? [`${account}/user/${user}/sessions`]
      : [];
  });
}

function uriOf(path: string): VikingUri {
  return VikingUri.of(path.split('/').slice(1));
}

function foundType(type: ContextType): FoundType {
  return type === 'session' ? 'memory' : type;
}

function asHit(hit: IndexHit, uri: VikingUri): Hit {
  return {
    uri: String(uri),
    context_type: uri.contextType,
    level: 2,
    score: hit.score,
    abstract: clip(paragraph(hit), ABSTRACT_LIMIT),
    lines: hit.lines,
    match_reason: hit.reason,
    tags: [],
    relations: [],
  };
}

function paragraph(hit: IndexHit): string {
  return hit.passage.replace(/\s+/g, ' ').trim();
}
