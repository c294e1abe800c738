import { VikingError } from '../errors/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { Principal } from './principal.ts';

/** What a caller wants to do with an entry. `write` covers creating, changing, renaming and removing it. */
export type Access = 'read' | 'write';

/** Directories of the namespace itself. They hold data but cannot be removed, renamed or replaced. */
const USER_DIRECTORIES: ReadonlySet<string> = new Set([
  'memories',
  'resources',
  'skills',
  'peers',
  'sessions',
]);

/** Whether the caller may know that `uri` exists: another user's tree and other peers' trees are absent. */
export function isVisible(principal: Principal, uri: VikingUri): boolean {
  if (uri.userId !== undefined && uri.userId !== principal.user) return false;
  return principal.actorPeer === undefined || uri.peerId === undefined || uri.peerId === principal.actorPeer;
}

/** Whether `uri` is part of the namespace's own frame (`viking://user/me/memories` and the like). */
export function isFrame(uri: VikingUri): boolean {
  const { segments } = uri;
  return segments.length <= 1 || (uri.scope === 'user' && (segments.length === 2 || isUserDirectory(uri)));
}

function isUserDirectory(uri: VikingUri): boolean {
  return uri.segments.length === 3 && USER_DIRECTORIES.has(uri.segments[2]!);
}

/**
 * The guard every door passes through.
 * @throws PERMISSION_DENIED when the caller may not, or when `write` meets the namespace's own frame
 */
export function assertAccess(principal: Principal, uri: VikingUri, access: Access): void {
  if (!isVisible(principal, uri)) {
    throw new VikingError('PERMISSION_DENIED', `${uri}: not yours`, { details: { uri: String(uri) } });
  }
  if (access === 'write' && isFrame(uri)) {
    throw new VikingError(
      'PERMISSION_DENIED',
      `${uri}: part of the namespace, it cannot be replaced or removed`,
      {
        hint: 'Work on what is inside it.',
      },
    );
  }
}
