import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';

/**
 * Content path of an entry among the caller's own, wherever its URI comes from: a review note or a directory can be
 * made by hand, and neither a URI in the one nor a symlink in the other makes a memory of what is somebody else's, or
 * of a session.
 * @throws PERMISSION_DENIED, INVALID_URI
 */
export async function ownPlace(
  content: Pick<ContentStore, 'real'>,
  principal: Principal,
  uri: VikingUri,
): Promise<string> {
  const path = `${principal.account}/${uri.contentPath}`;
  if (isOwn(principal, uri)) {
    const real = await content.real(path);
    if (real === path) return path;
    const [account, ...segments] = real.split('/');
    if (account === principal.account && isOwn(principal, VikingUri.of(segments))) return path;
  }
  throw new VikingError('PERMISSION_DENIED', `${uri}: it is or leads to what is no memory of yours`, {
    details: { uri: uri.toString() },
  });
}

/** Memories can be kept in a shared tree, behind a symlink. */
function isOwn({ user }: Principal, uri: VikingUri): boolean {
  return uri.scope === 'resources' || (uri.userId === user && uri.sessionId === undefined);
}
