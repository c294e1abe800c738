import type { FindResult, Hit } from '../api/results.ts';
import { clip } from '../base/tokens.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { IndexAnswer, IndexHit, IndexQuery } from '../index/contract.ts';
import type { VikingUri } from '../uri/index.ts';
import { type FoundType, isInSessions, searchPrefixes } from './find-scope.ts';
import { assertLimit } from './limits.ts';
import { uriOf } from './paths.ts';

const ABSTRACT_LIMIT = 256;
/** More are asked for than wanted, since an entry may be gone that the index still has. */
const SPARE = 5;

export interface FindQuery {
  readonly text: string;
  /** Content path prefixes to search within. */
  readonly within: readonly string[];
  readonly without?: readonly string[];
  /** Most hits, over all kinds. */
  readonly limit: number;
  readonly contextTypes?: readonly FoundType[];
  /**
   * Most hits of one file. By default 1, and any number of messages where only sessions are searched: there each message
   * is what is looked for.
   */
  readonly perEntry?: number;
  /** Hits below it are left out; 0 to 1. */
  readonly scoreThreshold?: number;
}

/** The part of the index that finding asks; the worker's remote fits. */
export interface Searchable {
  search(query: IndexQuery): Promise<IndexAnswer>;
}

/**
 * Entries that answer a question, by kind, best first; each exists at this moment. Messages of sessions are among the
 * memories, and only when a target lies in a session. Asks no model and no network.
 * @throws INVALID_ARGUMENT for an empty question or an impossible limit
 */
export async function find(index: Searchable, content: ContentStore, query: FindQuery): Promise<FindResult> {
  assertQuery(query);
  const within = await searchPrefixes(content, query.within, query.contextTypes);
  const limit = query.limit + SPARE;
  const answer = await index.search({
    text: query.text,
    within,
    passagesPerEntry: query.perEntry ?? (within.every(isInSessions) ? limit : 1),
    ...(query.without === undefined ? {} : { without: query.without }),
    limit,
  });
  const threshold = query.scoreThreshold ?? 0;
  const entries = await Promise.all(
    answer.hits.filter((hit) => hit.score >= threshold).map((hit) => existing(content, hit)),
  );
  const hits = entries.filter((hit) => hit !== undefined).slice(0, query.limit);
  const memories = hits.filter((hit) => hit.context_type === 'memory' || hit.context_type === 'session');
  const resources = hits.filter((hit) => hit.context_type === 'resource');
  const skills = hits.filter((hit) => hit.context_type === 'skill');
  return { memories, resources, skills, total: hits.length, freshness: answer.freshness };
}

/** Hits of an answer as one list in rank order. */
export function ranked(result: FindResult): readonly Hit[] {
  return [...result.memories, ...result.resources, ...result.skills].sort((a, b) => b.score - a.score);
}

function assertQuery({ text, limit }: FindQuery): void {
  if (text.trim() === '') throw new VikingError('INVALID_ARGUMENT', 'the question is empty');
  assertLimit('the limit', limit);
}

async function existing(content: ContentStore, hit: IndexHit): Promise<Hit | undefined> {
  const uri = uriOf(hit.path);
  if (uri === undefined) return undefined;
  const entry = await content.stat(hit.path);
  return entry === undefined ? undefined : asHit(hit, uri);
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

/** The passage as one paragraph: no marks of headings, no line ends. A file known by name only has its heading. */
function paragraph({ passage, heading }: IndexHit): string {
  const text = passage
    .replace(/^#{1,6}\s+/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? heading : text;
}
