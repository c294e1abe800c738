import { VikingError } from '../errors/index.ts';
import type { VikingUri } from '../uri/index.ts';
import { rightsAt } from './guard-matrix.ts';
import type { Principal } from './principal.ts';

/** What a caller wants to do with an entry. `write` covers creating, changing and renaming it. */
export type Access = 'read' | 'write' | 'remove';

/** Whether the caller may know that `uri` exists: another user's tree and other peers' trees are absent. */
export function isVisible(principal: Principal, uri: VikingUri): boolean {
  return rightsAt(principal, uri).read !== 'hidden';
}

/** Whether `uri` is part of the namespace's own frame (`viking://user/me/memories` and the like). */
export function isFrame(uri: VikingUri): boolean {
  const owner =
    uri.scope === 'session' ? { user: '', sharedSessions: true as const } : { user: uri.userId ?? '' };
  return rightsAt(owner, uri).write === 'frame';
}

/**
 * The guard every door passes through. A `managed` place passes: its own rules are asked next.
 * @throws PERMISSION_DENIED when the caller may not, or when a change meets the namespace's own frame
 */
export function assertAccess(principal: Principal, uri: VikingUri, access: Access): void {
  const right = rightsAt(principal, uri)[access];
  if (right === 'yes' || right === 'managed') return;
  if (right === 'hidden') {
    throw new VikingError('PERMISSION_DENIED', `${uri}: not yours`, { details: { uri: String(uri) } });
  }
  throw new VikingError(
    'PERMISSION_DENIED',
    `${uri}: part of the namespace, it cannot be replaced or removed`,
    { hint: 'Work on what is inside it.' },
  );
}
