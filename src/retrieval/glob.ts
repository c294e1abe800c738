import picomatch from 'picomatch';
import type { GlobResult } from '../api/results.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { VikingUri } from '../uri/index.ts';

const PATTERN_LIMIT = 1_000;

export interface GlobQuery {
  /** Content path of the directory the pattern is relative to. */
  readonly path: string;
  readonly pattern: string;
  readonly nodeLimit: number;
  readonly isVisible: (path: string) => boolean;
}

/**
 * Entries whose path below `path` matches: `*` and `?` stay within a segment, `**` crosses them, `{a,b}` and `[a-z]`
 * as in a shell; dot-entries are hidden. Answers URIs in path order.
 * @throws INVALID_ARGUMENT for an empty or malformed pattern, NOT_FOUND, NOT_DIRECTORY
 */
export async function glob(content: ContentStore, query: GlobQuery): Promise<GlobResult> {
  const matches = compile(query.pattern);
  const start = VikingUri.of(query.path.split('/').slice(1));
  const entry = await content.stat(query.path);
  if (entry === undefined) throw new VikingError('NOT_FOUND', `${start}: no such entry`);
  if (entry.kind !== 'directory') throw new VikingError('NOT_DIRECTORY', `${start}: not a directory`);
  const found: string[] = [];
  for await (const child of content.walk(query.path)) {
    const below = child.path.slice(query.path.length + 1);
    if (below === '' || !matches(below) || !query.isVisible(child.path)) continue;
    found.push(String(VikingUri.of(child.path.split('/').slice(1))));
    if (found.length >= query.nodeLimit) break;
  }
  return { matches: found, count: found.length };
}

function compile(pattern: string): (path: string) => boolean {
  const relative = pattern.replace(/^(?:\.?\/)+/, '');
  if (relative === '' || relative === '.') throw malformed(pattern, 'it is empty');
  if (pattern.length > PATTERN_LIMIT)
    throw malformed(pattern.slice(0, 60), `more than ${PATTERN_LIMIT} characters`);
  if (!isBalanced(relative)) throw malformed(pattern, 'a bracket or brace is not closed');
  // Extended groups can be made to backtrack without end, and nobody types them at a file.
  return picomatch(relative, { noextglob: true });
}

/** Whether every `[` and `{` has its end; a backslash takes the next character literally. */
function isBalanced(pattern: string): boolean {
  let braces = 0;
  let bracket = false;
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index];
    if (character === '\\') index++;
    else if (bracket) bracket = character !== ']';
    else if (character === '[') bracket = true;
    else if (character === '{') braces++;
    else if (character === '}') braces--;
    if (braces < 0) return false;
  }
  return braces === 0 && !bracket;
}

function malformed(pattern: string, why: string): VikingError {
  return new VikingError('INVALID_ARGUMENT', `pattern ${JSON.stringify(pattern)}: ${why}`, {
    hint: 'Use * ? ** [a-z] {a,b}, relative to the directory searched.',
  });
}
