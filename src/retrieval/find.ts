import type { FindResult, Hit, IndexFreshness } from '../api/results.ts';
import { clip } from '../base/tokens.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { IndexAnswer, IndexHit, IndexQuery } from '../index/contract.ts';
import type { IndexFilter } from '../index/filter.ts';
import type { ContextType, VikingUri } from '../uri/index.ts';
import { type FoundType, isInSessions, searchPrefixes } from './find-scope.ts';
import { assertLimit } from './limits.ts';
import { uriOf } from './paths.ts';
import { directoryHits, provenance } from './routes.ts';

const ABSTRACT_LIMIT = 256;
/** More are ranked than wanted, and answered when an entry is gone that the index still has. */
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
  /** Only entries that fit; see `parseFilter`. */
  readonly filter?: IndexFilter;
  /** Kinds of hit: 2 for files (default), 0 and 1 for directories as their abstract or overview. */
  readonly levels?: readonly Level[];
  /** Say which directories were entered. */
  readonly explain?: boolean;
  /** No model is waited for: words answer, and the question's vector where it is known already. */
  readonly local?: boolean;
  readonly flat?: boolean;
  /** Hits below it are left out; 0 to 1. */
  readonly scoreThreshold?: number;
}

export type Level = 0 | 1 | 2;

/** The part of the index that finding asks; the worker's remote fits. */
export interface Searchable {
  search(query: IndexQuery): Promise<IndexAnswer>;
  /** What is known of directories, without building anything; undefined for none. */
  abstracts?(directories: readonly string[]): Promise<readonly (string | undefined)[]>;
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
  const asked: IndexQuery = {
    text: query.text,
    within,
    passagesPerEntry: query.perEntry ?? (within.every(isInSessions) ? limit : 1),
    ...(query.without === undefined ? {} : { without: query.without }),
    limit,
    ...(query.filter === undefined ? {} : { filter: query.filter }),
    ...(query.local === undefined ? {} : { local: query.local }),
    ...(query.flat === undefined ? {} : { flat: query.flat }),
    explain: query.explain === true || wantsDirectories(query),
  };
  const threshold = query.scoreThreshold ?? 0;
  const entriesOf = ({ hits }: IndexAnswer) => {
    const files = (query.levels ?? [2]).includes(2) ? hits : [];
    return Promise.all(files.filter((hit) => hit.score >= threshold).map((hit) => existing(content, hit)));
  };
  let answer = await index.search({ ...asked, answered: query.limit });
  let entries = await entriesOf(answer);
  if (entries.includes(undefined)) {
    answer = await index.search(asked);
    entries = await entriesOf(answer);
  }
  const directories = wantsDirectories(query) ? await directoryHits(index, query, answer.routes ?? []) : [];
  const hits = [...entries, ...directories]
    .filter((hit) => hit !== undefined)
    .sort(byScore)
    .slice(0, query.limit);
  return {
    ...grouped(hits, answer.freshness),
    ...(query.explain === true ? { provenance: provenance(query, within, answer) } : {}),
  };
}

/** Hits in rank order as an answer, by kind. */
export function grouped(hits: readonly Hit[], freshness: IndexFreshness): FindResult {
  const of = (...types: readonly ContextType[]) => hits.filter((hit) => types.includes(hit.context_type));
  return {
    memories: of('memory', 'session'),
    resources: of('resource'),
    skills: of('skill'),
    total: hits.length,
    freshness,
  };
}

function wantsDirectories({ levels = [2] }: FindQuery): boolean {
  return levels.some((level) => level !== 2);
}

/** Best first; equals by URI and line, so that the same question gives the same order. */
export function byScore(a: Hit, b: Hit): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.uri !== b.uri) return a.uri < b.uri ? -1 : 1;
  return (a.lines?.start ?? 0) - (b.lines?.start ?? 0);
}

/** Hits of an answer as one list in rank order. */
export function ranked(result: FindResult): readonly Hit[] {
  return [...result.memories, ...result.resources, ...result.skills].sort(byScore);
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
