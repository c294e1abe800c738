import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GlobResult } from '../api/results.ts';
import { globMatcher } from '../base/glob-pattern.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { assertLimit } from './limits.ts';
import { shownPath, uriOf } from './paths.ts';

/** Longest a search may take; what was found until then is the answer. */
const SEARCH_MS = 20_000;
const STEP_MS = 8;

export interface GlobQuery {
  /** Content path of the directory the pattern is relative to. */
  readonly path: string;
  /** As of `GrepQuery`. */
  readonly real?: string;
  readonly pattern: string;
  /** Most matches to answer. */
  readonly nodeLimit: number;
  readonly isVisible: (path: string) => boolean;
  readonly signal?: AbortSignal;
  /** Default 20,000. */
  readonly timeoutMs?: number;
}

/**
 * Entries whose path below `path` matches (see `globMatcher`); dot-entries are hidden. URIs in path order, component
 * by component.
 * @throws INVALID_ARGUMENT for an empty or malformed pattern, NOT_FOUND, NOT_DIRECTORY
 */
export async function glob(content: ContentStore, query: GlobQuery): Promise<GlobResult> {
  // Only slashes: a pattern of no name, which nothing has.
  const matches = /^\/+$/.test(query.pattern) ? () => false : globMatcher(query.pattern);
  assertLimit('node_limit', query.nodeLimit);
  const entry = await content.stat(query.path);
  if (entry === undefined) throw new VikingError('NOT_FOUND', `${shownPath(query.path)}: no such entry`);
  if (entry.kind !== 'directory') {
    throw new VikingError('NOT_DIRECTORY', `${shownPath(query.path)}: not a directory`);
  }
  const found: string[] = [];
  const deadline = performance.now() + (query.timeoutMs ?? SEARCH_MS);
  let until = performance.now() + STEP_MS;
  const options = {
    ...(query.real === undefined ? {} : { real: query.real }),
    ...(query.signal === undefined ? {} : { signal: query.signal }),
  };
  for await (const child of content.walk(query.path, options)) {
    if (found.length >= query.nodeLimit || performance.now() > deadline) break;
    const below = child.path.slice(query.path.length + 1);
    if (below !== '' && matches(below) && query.isVisible(child.path)) {
      const uri = uriOf(child.path);
      if (uri !== undefined) found.push(String(uri));
    }
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + STEP_MS;
  }
  query.signal?.throwIfAborted();
  return { matches: found, count: found.length };
}
