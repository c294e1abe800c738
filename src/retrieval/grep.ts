import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { GrepMatch, GrepResult } from '../api/results.ts';
import type { ContentEntry, ContentStore } from '../content/contract.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import { VikingUri } from '../uri/index.ts';

const PATTERN_LIMIT = 1_000;
const LINE_LIMIT = 2_000;
const FILE_LIMIT_BYTES = 16 * 1024 ** 2;
/** Longest a search may take; what was found until then is answered as truncated. */
const SEARCH_MS = 20_000;
const YIELD_EVERY_FILES = 16;

export interface GrepQuery {
  /** Content path of a directory or file. */
  readonly path: string;
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
}

/**
 * Lines that match a pattern in the text files of a subtree, in path order. Binary files and files over 16 MiB are
 * passed over; dot-entries too, unless `path` names one.
 * @throws INVALID_ARGUMENT for a pattern that cannot be used, NOT_FOUND
 */
export async function grep(content: ContentStore, query: GrepQuery): Promise<GrepResult> {
  const matches = lineMatcher(query);
  const found: GrepMatch[] = [];
  let scanned = 0;
  let truncated = false;
  const deadline = performance.now() + SEARCH_MS;
  for await (const entry of candidates(content, query)) {
    const text = await readText(content, entry);
    if (text === undefined) continue;
    scanned++;
    if (scanned % YIELD_EVERY_FILES === 0) await new Promise((resolve) => setImmediate(resolve));
    if (matches.mayMatch(text)) collect(text, entry, matches, found, query.nodeLimit);
    if (found.length >= query.nodeLimit || performance.now() > deadline) {
      truncated = true;
      break;
    }
  }
  return {
    matches: found,
    count: found.length,
    match_count: found.length,
    files_scanned: scanned,
    truncated,
  };
}

interface LineMatcher {
  /** False only when no line of the text can match. */
  mayMatch(text: string): boolean;
  matches(line: string): boolean;
}

function lineMatcher(query: GrepQuery): LineMatcher {
  const { pattern, caseInsensitive } = query;
  if (pattern === '') throw new VikingError('INVALID_ARGUMENT', 'the pattern is empty');
  if (pattern.length > PATTERN_LIMIT) {
    throw new VikingError('INVALID_ARGUMENT', `the pattern has more than ${PATTERN_LIMIT} characters`);
  }
  const compiled = compile(pattern, caseInsensitive);
  // Most patterns are plain words: a substring test over the file saves the expression from nearly every line.
  const literal = /^[\p{L}\p{N}\s_"'`,;:/<>=!@#%&~-]+$/u.test(pattern);
  if (!literal) return { mayMatch: () => true, matches: (line) => compiled.matcher(line).find() };
  if (caseInsensitive) return { mayMatch: () => true, matches: (line) => compiled.matcher(line).find() };
  return { mayMatch: (text) => text.includes(pattern), matches: (line) => line.includes(pattern) };
}

function compile(pattern: string, caseInsensitive: boolean): RE2JS {
  try {
    return RE2JS.compile(pattern, caseInsensitive ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new VikingError('INVALID_ARGUMENT', `the pattern cannot be used: ${error.message}`, {
      hint: 'Patterns are RE2 regular expressions: no back-references, no look-around.',
      cause: error,
    });
  }
}

async function* candidates(content: ContentStore, query: GrepQuery): AsyncGenerator<ContentEntry> {
  const start = await content.stat(query.path);
  if (start === undefined) {
    throw new VikingError('NOT_FOUND', `${VikingUri.of(query.path.split('/').slice(1))}: no such entry`);
  }
  if (start.kind !== 'directory') {
    yield start;
    return;
  }
  for await (const entry of content.walk(query.path, { depth: query.levelLimit })) {
    if (entry.kind === 'file' && isWanted(entry.path, query)) yield entry;
  }
}

function isWanted(path: string, query: GrepQuery): boolean {
  const excluded =
    query.exclude !== undefined && (path === query.exclude || path.startsWith(`${query.exclude}/`));
  return !excluded && query.isVisible(path);
}

async function readText(content: ContentStore, entry: ContentEntry): Promise<string | undefined> {
  if (entry.size > FILE_LIMIT_BYTES) return undefined;
  try {
    const bytes = await content.read(entry.path, FILE_LIMIT_BYTES);
    return bytes.subarray(0, 8_192).includes(0) ? undefined : bytes.toString('utf8');
  } catch (error) {
    // Gone or unreadable since the walk saw it: not a reason to fail the others.
    if (isVikingError(error)) return undefined;
    throw error;
  }
}

function collect(
  text: string,
  entry: ContentEntry,
  matcher: LineMatcher,
  found: GrepMatch[],
  limit: number,
): void {
  const uri = String(VikingUri.of(entry.path.split('/').slice(1)));
  let number = 0;
  let start = 0;
  while (start <= text.length && found.length < limit) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    number++;
    const line = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
    const last = end === text.length;
    if (!(last && line === '') && matcher.matches(line))
      found.push({ line: number, uri, content: line.slice(0, LINE_LIMIT) });
    start = end + 1;
  }
}
