import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GrepMatch, GrepResult } from '../api/results.ts';
import type { ContentEntry, ContentStore } from '../content/contract.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import { assertLimit } from './limits.ts';
import { linePattern } from './line-pattern.ts';
import { shownPath, uriOf } from './paths.ts';
import { linesIn, matchingLines } from './scan-lines.ts';

/** Longest a search may take; what was found until then is answered as truncated. */
const SEARCH_MS = 20_000;
/** How long files that are in memory are searched before others get their turn. */
const STEP_MS = 4;

export interface GrepQuery {
  /** Content path of a directory or file. */
  readonly path: string;
  /** Where that was when the caller was let in, see `Checked`. Default: where it leads now. */
  readonly real?: string;
  /** RE2 syntax: no back-references and no look-around, so that no pattern can take exponential time. */
  readonly pattern: string;
  readonly caseInsensitive: boolean;
  /** Most matches to answer. */
  readonly nodeLimit: number;
  /** Directories deeper than this below `path` are not entered. */
  readonly levelLimit: number;
  /** A subtree to leave out. */
  readonly exclude?: string;
  readonly isVisible: (path: string) => boolean;
  readonly signal?: AbortSignal;
  /** Default 20,000. */
  readonly timeoutMs?: number;
}

/**
 * Lines that match a pattern in the text files of a subtree, in path order. Binary files are passed over; dot-entries
 * and symlinks too, unless `path` names one.
 * @throws INVALID_ARGUMENT for a pattern that cannot be used, NOT_FOUND
 */
export async function grep(content: ContentStore, query: GrepQuery): Promise<GrepResult> {
  const pattern = linePattern(query.pattern, query.caseInsensitive);
  assertLimit('node_limit', query.nodeLimit);
  assertLimit('level_limit', query.levelLimit);
  const found: GrepMatch[] = [];
  const deadline = performance.now() + (query.timeoutMs ?? SEARCH_MS);
  let until = performance.now() + STEP_MS;
  let scanned = 0;
  let truncated = false;
  const root = await realpath(content.dir);
  // What is asked for by name can be a symlink, or have one on its way; the walk passes them over.
  const real = query.real ?? (await content.real(query.path));
  for await (const entry of textFiles(content, { ...query, real })) {
    const uri = uriOf(entry.path);
    if (uri === undefined) continue;
    try {
      let isText = true;
      const path = join(real, entry.path.slice(query.path.length));
      const text = await content.readNow(path, { real: path });
      const lines = text === undefined ? matchingLines(join(root, path), pattern) : linesIn(text, pattern);
      for await (const match of lines) {
        if (match === false) isText = false;
        else if (found.length < query.nodeLimit) found.push({ ...match, uri: String(uri) });
        truncated = found.length >= query.nodeLimit || performance.now() > deadline;
        if (truncated) break;
      }
      if (isText) scanned++;
    } catch (error) {
      // Gone or unreadable since the walk saw it: not a reason to fail the others.
      if (entry.path === query.path || !isSystemError(error)) throw toVikingError(error, String(uri));
    }
    truncated ||= performance.now() > deadline;
    if (truncated) break;
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + STEP_MS;
  }
  query.signal?.throwIfAborted();
  return {
    matches: found,
    count: found.length,
    match_count: found.length,
    files_scanned: scanned,
    truncated,
  };
}

async function* textFiles(
  content: ContentStore,
  query: GrepQuery & { readonly real: string },
): AsyncGenerator<ContentEntry> {
  const start = await content.stat(query.path);
  if (start === undefined) throw new VikingError('NOT_FOUND', `${shownPath(query.path)}: no such entry`);
  if (start.kind !== 'directory') {
    yield start;
    return;
  }
  const options = {
    depth: query.levelLimit,
    real: query.real,
    ...(query.signal === undefined ? {} : { signal: query.signal }),
  };
  for await (const entry of content.walk(query.path, options)) {
    if (entry.kind === 'file' && isWanted(entry.path, query)) yield entry;
  }
}

function isWanted(path: string, { exclude, isVisible }: GrepQuery): boolean {
  const isExcluded = exclude !== undefined && (path === exclude || path.startsWith(`${exclude}/`));
  return !isExcluded && isVisible(path);
}

function isSystemError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | null)?.code === 'string';
}
