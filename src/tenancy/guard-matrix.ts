import type { VikingUri } from '../uri/index.ts';
import type { Principal } from './principal.ts';

/**
 * What a caller may do at a place. `yes`; `frame`: it is part of the namespace itself and stays as it is; `managed`: only
 * by the rules of sessions; `hidden`: for this caller there is no such place, and nothing tells whether there is one.
 */
export type Right = 'yes' | 'frame' | 'managed' | 'hidden';

export interface Rights {
  readonly read: Right;
  /** Creating, changing and renaming it. */
  readonly write: Right;
  readonly remove: Right;
}

const OPEN: Rights = { read: 'yes', write: 'yes', remove: 'yes' };
const FRAME: Rights = { read: 'yes', write: 'frame', remove: 'frame' };
const HIDDEN: Rights = { read: 'hidden', write: 'hidden', remove: 'hidden' };

/**
 * The guard matrix: who may do what where, whatever their role. Rank administers; it opens nobody's data. Every door
 * gets its answers from here: `hidden` is PERMISSION_DENIED over HTTP and no entry in the mount.
 */
export const GUARD_MATRIX = {
  /** `viking://` */
  root: FRAME,
  /** `viking://user` */
  users: FRAME,
  /** `viking://resources` */
  shared: FRAME,
  /** `viking://session`, where an account's users share their sessions; without such a policy it is no place at all */
  'shared sessions': FRAME,
  /** `viking://resources/…` */
  'in shared': OPEN,
  /** `viking://user/{self}` */
  own: FRAME,
  /** `viking://user/{self}/memories` and the other directories every user has */
  'own directory': FRAME,
  /** Below those, and plain files at the user's root */
  'in own': OPEN,
  /** `viking://user/{self}/sessions/{id}`, or the account's `viking://session/{id}`, and below */
  session: { read: 'yes', write: 'managed', remove: 'managed' },
  /** `viking://user/{self}/peers/{peer}/…`, of the actor peer when there is one */
  peer: OPEN,
  /** The other peers, when an actor peer is set */
  'other peer': HIDDEN,
  /** `viking://user/{other}/…`, whether there is such a user or not */
  'other user': HIDDEN,
} as const satisfies Record<string, Rights>;

export type GuardedPlace = keyof typeof GUARD_MATRIX;

/** Directories of the namespace itself below a user's root. */
const USER_DIRECTORIES: ReadonlySet<string> = new Set([
  'memories',
  'resources',
  'skills',
  'peers',
  'sessions',
]);

/** What of a caller decides about a place. */
export type Asker = Pick<Principal, 'user' | 'actorPeer' | 'agentSpace' | 'sharedSessions'>;

/** Which row of the matrix a URI is for a caller. Pure: told from the name alone, in the same time for every name. */
export function placeOf(principal: Asker, uri: VikingUri): GuardedPlace {
  const { segments, userId, peerId } = uri;
  if (uri.isRoot) return 'root';
  if (uri.scope === 'resources') return segments.length === 1 ? 'shared' : 'in shared';
  if (uri.scope === 'session') return sharedSessionPlace(principal, segments);
  if (userId === undefined) return 'users';
  if (userId !== principal.user) return userId === principal.agentSpace ? agentPlace(segments) : 'other user';
  if (segments.length === 2) return 'own';
  // Where sessions are the account's, a user has none of their own.
  if (segments[2] === 'sessions' && principal.sharedSessions === true) return 'other user';
  if (segments.length === 3) return USER_DIRECTORIES.has(segments[2]!) ? 'own directory' : 'in own';
  if (uri.sessionId !== undefined) return 'session';
  if (peerId === undefined) return 'in own';
  return principal.actorPeer === undefined || peerId === principal.actorPeer ? 'peer' : 'other peer';
}

function sharedSessionPlace(principal: Asker, segments: readonly string[]): GuardedPlace {
  if (principal.sharedSessions !== true) return 'other user';
  return segments.length === 1 ? 'shared sessions' : 'session';
}

/** The agent's space holds its skills and nothing else. */
function agentPlace(segments: readonly string[]): GuardedPlace {
  if (segments.length === 2) return 'own';
  if (segments[2] !== 'skills') return 'other user';
  return segments.length === 3 ? 'own directory' : 'in own';
}

export function rightsAt(principal: Asker, uri: VikingUri): Rights {
  return GUARD_MATRIX[placeOf(principal, uri)];
}
