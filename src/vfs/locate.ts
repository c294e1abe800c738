import { basename } from 'node:path/posix';
import { isVisible, type Principal, skillsOwner } from '../tenancy/index.ts';
import {
  CONTROL,
  FIND,
  isIdentity,
  isStagingName,
  MAGIC_NAMES,
  META,
  NAME_MAX_BYTES,
  USER_SHORT_WORDS,
  VikingUri,
} from '../uri/index.ts';
import { systemError } from './fault.ts';

/** A directory of the namespace that answers to the reserved names. */
export interface DirectoryPlace {
  readonly kind: 'root' | 'users' | 'tree' | 'sessions' | 'session';
  /** Path in the mount, `/` for the root. */
  readonly path: string;
  /** Canonical segments; of the caller's own root for `users`, so that nothing tells of other users. */
  readonly segments: readonly string[];
}

/** What a path of the mount names, told from the path alone: nothing says yet that it exists. */
export type Place =
  | {
      readonly kind: 'root' | 'users' | 'sessions';
      readonly path: string;
      readonly segments: readonly string[];
    }
  /** A plain file or directory. `frame`: part of the namespace, it cannot be removed, renamed or replaced. */
  | {
      readonly kind: 'tree';
      readonly path: string;
      readonly segments: readonly string[];
      readonly frame: boolean;
    }
  /** A session (`inner` empty) or an entry of one. */
  | {
      readonly kind: 'session';
      readonly path: string;
      readonly segments: readonly string[];
      readonly id: string;
      readonly inner: readonly string[];
    }
  /** A relative symlink of the frame; `requires` is the content path that must exist for it to be there. */
  | {
      readonly kind: 'link';
      readonly path: string;
      readonly target: string;
      readonly requires?: readonly string[];
    }
  | {
      readonly kind: 'magic';
      readonly path: string;
      readonly name: string;
      readonly directory: DirectoryPlace;
    }
  /** `.find` and what is below it. */
  | {
      readonly kind: 'find';
      readonly path: string;
      readonly directory: DirectoryPlace;
      readonly question?: string;
      readonly entry?: string;
    }
  | { readonly kind: 'control'; readonly path: string; readonly name?: string }
  /** `.viking/context` and what is below it. */
  | {
      readonly kind: 'context';
      readonly path: string;
      readonly tokens?: string;
      readonly question?: string;
    }
  /** Nothing, and nothing may be made here. `reason` says why to one who tries. */
  | {
      readonly kind: 'absent';
      readonly path: string;
      readonly code: 'ENOENT' | 'ENOTDIR';
      readonly reason: string;
    };

/** Directory in `.viking` that answers questions with blocks of context. */
export const CONTEXT = 'context';

const OUTSIDE = 'the namespace has no such place';

/**
 * @throws EINVAL for `.` and `..`, ENAMETOOLONG for a name over 255 bytes, EILSEQ for a name that is not UTF-8 (which
 * reaches us with U+FFFD in it)
 */
export function locate(path: string, principal: Principal): Place {
  const segments = splitPath(path);
  const canonical = `/${segments.join('/')}`;
  const [first, second, third] = segments;
  if (first === undefined) return { kind: 'root', path: '/', segments: [] };
  if (first === CONTROL) return controlPlace(canonical, segments);
  if (MAGIC_NAMES.has(first)) {
    return magicPlace({ kind: 'root', path: '/', segments: [] }, segments, 0);
  }
  if (first === 'session' && principal.sharedSessions === true) return sessionPlace(segments, 1);
  if (first === 'session' || first === '~') {
    const target = first === '~' ? `user/${principal.user}` : `user/${principal.user}/sessions`;
    return segments.length === 1 ? { kind: 'link', path: canonical, target } : throughLink(canonical);
  }
  if (first === 'resources') return treePlace(segments, 1);
  if (first !== 'user') return absent(canonical);
  if (second === undefined) return { kind: 'users', path: '/user', segments: ['user', principal.user] };
  if (MAGIC_NAMES.has(second)) {
    return magicPlace({ kind: 'users', path: '/user', segments: ['user', principal.user] }, segments, 1);
  }
  if (second === principal.user && isIdentity(second)) {
    if (third === 'sessions') return ownSessions(canonical, segments, principal);
    return peersGuarded(principal, treePlace(segments, 2));
  }
  if (second === principal.agentSpace) return agentPlace(canonical, segments);
  if (USER_SHORT_WORDS.has(second)) return shortWord(canonical, segments, principal);
  return absent(canonical, 'other users do not exist in this mount');
}

/** Names below the mount's root. */
export function splitPath(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  for (const segment of segments) {
    if (segment === '.' || segment === '..' || segment.includes('\0')) throw systemError('EINVAL', path);
    if (segment.length > NAME_MAX_BYTES / 4 && Buffer.byteLength(segment) > NAME_MAX_BYTES) {
      throw systemError('ENAMETOOLONG', path);
    }
    if (segment.includes('\ufffd') || !segment.isWellFormed()) throw systemError('EILSEQ', path);
  }
  return segments;
}

/** The agent's space holds its skills and nothing else. */
function agentPlace(path: string, segments: readonly string[]): Place {
  const [, , area] = segments;
  if (area === undefined || area === 'skills' || MAGIC_NAMES.has(area)) return treePlace(segments, 2);
  return absent(path, 'the space of an agent holds skills');
}

function shortWord(path: string, segments: readonly string[], principal: Principal): Place {
  if (segments.length > 2) return throughLink(path);
  const word = segments[1]!;
  if (word === 'sessions' && principal.sharedSessions === true)
    return { kind: 'link', path, target: '../session' };
  const target = `${word === 'skills' ? skillsOwner(principal) : principal.user}/${word}`;
  if (word !== 'profile.md') return { kind: 'link', path, target };
  return { kind: 'link', path, target, requires: ['user', principal.user, word] };
}

/** `from` is where names of the tree begin: reserved names are looked for from there. */
function treePlace(segments: readonly string[], from: number): Place {
  const path = `/${segments.join('/')}`;
  for (let index = from; index < segments.length; index += 1) {
    const name = segments[index]!;
    if (MAGIC_NAMES.has(name)) return magicPlace(directoryAt('tree', segments, index), segments, index);
    if (isStagingName(name)) return absent(path, 'the name is reserved for unfinished writes');
  }
  return { kind: 'tree', path, segments, frame: isFramePath(segments) };
}

/** Where sessions are the account's, a link leads there. */
function ownSessions(path: string, segments: readonly string[], principal: Principal): Place {
  if (principal.sharedSessions !== true) return sessionPlace(segments, 3);
  return segments.length === 3 ? { kind: 'link', path, target: '../../session' } : throughLink(path);
}

/** `from` is where the session's id is. */
function sessionPlace(segments: readonly string[], from: number): Place {
  const path = `/${segments.join('/')}`;
  const id = segments[from];
  if (id === undefined) return { kind: 'sessions', path, segments };
  for (let index = from; index < segments.length; index += 1) {
    const name = segments[index]!;
    // A session and its archives keep their own state in `.meta.json`.
    if (!MAGIC_NAMES.has(name) || (name === META && index > from)) continue;
    return magicPlace(directoryAt(index === from ? 'sessions' : 'session', segments, index), segments, index);
  }
  return { kind: 'session', path, segments, id, inner: segments.slice(from + 1) };
}

function magicPlace(directory: DirectoryPlace, segments: readonly string[], index: number): Place {
  const path = `/${segments.join('/')}`;
  const name = segments[index]!;
  const rest = segments.slice(index + 1);
  if (name !== FIND) {
    return rest.length === 0 ? { kind: 'magic', path, name, directory } : throughLink(path);
  }
  const [question, entry, ...deeper] = rest;
  if (deeper.length > 0) return throughLink(path);
  return {
    kind: 'find',
    path,
    directory,
    ...(question === undefined ? {} : { question }),
    ...(entry === undefined ? {} : { entry }),
  };
}

function directoryAt(
  kind: DirectoryPlace['kind'],
  segments: readonly string[],
  length: number,
): DirectoryPlace {
  const own = segments.slice(0, length);
  return { kind, path: `/${own.join('/')}`, segments: own };
}

function controlPlace(path: string, segments: readonly string[]): Place {
  if (segments[1] === CONTEXT) {
    const [, , tokens, question, ...deeper] = segments;
    if (deeper.length > 0) return throughLink(path);
    return {
      kind: 'context',
      path,
      ...(tokens === undefined ? {} : { tokens }),
      ...(question === undefined ? {} : { question }),
    };
  }
  if (segments.length > 2) return throughLink(path);
  return { kind: 'control', path, ...(segments[1] === undefined ? {} : { name: segments[1] }) };
}

/** With an actor peer, the others do not exist. */
function peersGuarded(principal: Principal, place: Place): Place {
  const segments =
    'segments' in place ? place.segments : 'directory' in place ? place.directory.segments : [];
  if (segments[2] !== 'peers' || segments[3] === undefined || principal.actorPeer === undefined) return place;
  if (segments[3] === principal.actorPeer) return place;
  return absent(place.path, `this mount sees the peer ${principal.actorPeer} only`);
}

/** `/resources`, `/user/me` and the directories directly below that have a meaning of their own. */
function isFramePath(segments: readonly string[]): boolean {
  if (segments[0] === 'resources') return segments.length === 1;
  return (
    segments.length === 2 ||
    (segments.length === 3 && segments[2] !== 'profile.md' && isShortWord(segments[2]!))
  );
}

function isShortWord(name: string): boolean {
  return USER_SHORT_WORDS.has(name);
}

function absent(path: string, reason = OUTSIDE): Place {
  return { kind: 'absent', path, code: 'ENOENT', reason };
}

/** The kernel resolves links and files itself; only a caller in this process can come here. */
function throughLink(path: string): Place {
  return { kind: 'absent', path, code: 'ENOTDIR', reason: 'a part of the path is not a directory' };
}

/** The canonical URI of segments; undefined for a name that a file can have but a URI cannot (a backslash). */
export function uriOf(segments: readonly string[]): VikingUri | undefined {
  try {
    return VikingUri.of(segments);
  } catch {
    return undefined;
  }
}

/** Path of a URI in the mount of `principal`; undefined when it is not visible there. */
export function mountPath(principal: Principal, account: string, uri: VikingUri): string | undefined {
  if (account !== principal.account || !isVisible(principal, uri)) return undefined;
  return `/${uri.segments.join('/')}`;
}

export function nameOf(path: string): string {
  return basename(path);
}
