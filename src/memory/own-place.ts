import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';

/** Content path of an entry that was found to be the caller's own. */
export interface OwnPlace {
  readonly path: string;
  /** Where it is, without symlinks: what is opened must be there, else a directory was exchanged after the look. */
  readonly real: string;
}

/**
 * Content path of an entry among the caller's own, wherever its URI comes from: a review note or a directory can be
 * made by hand, and neither a URI in the one nor a symlink in the other makes a memory of what is somebody else's, or
 * of a session. With `follow: false` a symlink in its place is looked at as itself, as what removes it does.
 * @throws PERMISSION_DENIED, INVALID_URI
 */
export async function ownPlace(
  content: Pick<ContentStore, 'real'>,
  principal: Principal,
  uri: VikingUri,
  { follow = true }: { readonly follow?: boolean } = {},
): Promise<OwnPlace> {
  const path = `${principal.account}/${uri.contentPath}`;
  if (isOwn(principal, uri)) {
    const real = await content.real(path, { follow });
    if (real === path) return { path, real };
    const [account, ...segments] = real.split('/');
    if (account === principal.account && isOwn(principal, VikingUri.of(segments))) return { path, real };
  }
  throw new VikingError('PERMISSION_DENIED', `${uri}: it is or leads to what is no memory of yours`, {
    details: { uri: uri.toString() },
  });
}

/** Removes an entry of the caller's own. */
export async function removeOwn(
  content: Pick<ContentStore, 'real' | 'remove'>,
  principal: Principal,
  uri: VikingUri,
): Promise<void> {
  const { path, real } = await ownPlace(content, principal, uri, { follow: false });
  await content.remove(path, { real });
}

/** Memories can be kept in a shared tree, behind a symlink. */
function isOwn({ user }: Principal, uri: VikingUri): boolean {
  return uri.scope === 'resources' || (uri.userId === user && uri.sessionId === undefined);
}
