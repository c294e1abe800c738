import type { ContentStore } from '../content/contract.ts';
import { isVikingError } from '../errors/index.ts';
import type { ContextType } from '../uri/index.ts';
import { uriOf } from './paths.ts';

/** Kinds a hit can have in an answer. What was said in a session is remembered, so it counts as memory. */
export type FoundType = 'memory' | 'resource' | 'skill';

function foundType(type: ContextType): FoundType {
  return type === 'session' ? 'memory' : type;
}

/**
 * The prefixes to search for `within`. A user's own tree is taken apart, because its parts differ: sessions are
 * searched only when a target lies in one (raw talk would drown what was made of it), and a filter by kind must leave
 * the other kinds out before ranking, or it could find nothing where there is something.
 */
export async function searchPrefixes(
  content: ContentStore,
  within: readonly string[],
  types: readonly FoundType[] | undefined,
): Promise<readonly string[]> {
  const wanted = async (path: string): Promise<readonly string[]> => {
    if (!isMixed(path, types !== undefined)) return isWanted(path, types) ? [path] : [];
    const below = (await childPaths(content, path)).filter((child) => !isSessions(child));
    return (await Promise.all(below.map(wanted))).flat();
  };
  return [...new Set((await Promise.all(within.map(wanted))).flat())];
}

/** Whether a directory holds more than one kind: an account, a user, and, when kinds matter, peers. */
function isMixed(path: string, byType: boolean): boolean {
  const parts = path.split('/');
  if (parts.length === 1) return true;
  if (parts[1] !== 'user') return false;
  return parts.length <= 3 || (byType && parts[3] === 'peers' && parts.length <= 5);
}

/** Whether a content path is a user's `sessions`, the account's `session`, or below one. */
export function isInSessions(path: string): boolean {
  const parts = path.split('/');
  return isSessions(parts.slice(0, parts[1] === 'session' ? 2 : 4).join('/'));
}

function isSessions(path: string): boolean {
  const parts = path.split('/');
  if (parts[1] === 'session') return parts.length === 2;
  return parts[1] === 'user' && parts[3] === 'sessions' && parts.length === 4;
}

function isWanted(path: string, types: readonly FoundType[] | undefined): boolean {
  if (types === undefined) return true;
  const uri = uriOf(path);
  return uri !== undefined && types.includes(foundType(uri.contextType));
}

async function childPaths(content: ContentStore, path: string): Promise<readonly string[]> {
  try {
    return (await content.list(path)).map((entry) => entry.path);
  } catch (error) {
    // Nothing there, or a file: nothing to take apart.
    if (isVikingError(error)) return [];
    throw error;
  }
}
