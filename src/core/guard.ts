import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { type Access, assertAccess, isFrame, isVisible, type Principal } from '../tenancy/index.ts';
import { isStagingName, MAGIC_NAMES, type VikingUri } from '../uri/index.ts';
import { contentPath, pathUri } from './namespace.ts';

/**
 * Asserts that the caller may use an entry, and what it leads to when symlinks are on the way: a link in a shared tree
 * gives nobody another user's files, another peer's, or a session's without its rules. `follow` false is for what acts
 * on a last symlink itself. Returns the URI of where it really is.
 * @throws PERMISSION_DENIED
 */
export type Guard = (
  principal: Principal,
  uri: VikingUri,
  access: Access,
  options?: { readonly follow?: boolean },
) => Promise<VikingUri>;

export function createGuard(content: ContentStore): Guard {
  return async (principal, uri, access, options) => {
    assertAccess(principal, uri, access);
    if (access !== 'read' && uri.segments.slice(0, -1).some((name) => MAGIC_NAMES.has(name))) {
      throw reservedName(uri, uri.segments.find((name) => MAGIC_NAMES.has(name))!);
    }
    if (access !== 'read' && uri.segments.some(isStagingName)) throw reservedName(uri, uri.name);
    const path = contentPath(principal, uri);
    const real = await content.real(path, options);
    if (real === path) return uri;
    const found = pathUri(real);
    if (found !== undefined && found.account === principal.account && isOpen(principal, found.uri, access)) {
      return found.uri;
    }
    throw new VikingError('PERMISSION_DENIED', `${uri}: a symlink leads to what is not yours to ${access}`, {
      hint: 'Copy what it points to instead.',
      details: { uri: String(uri) },
    });
  };
}

/** Below or as a name that every directory answers to, an entry of the user's could never be reached. */
export function reservedName(uri: VikingUri, name: string): VikingError {
  return new VikingError('PERMISSION_DENIED', `${uri}: "${name}" is a reserved name`, {
    hint: `Every directory has its own ${name}; choose another name.`,
  });
}

function isOpen(principal: Principal, uri: VikingUri, access: Access): boolean {
  if (!isVisible(principal, uri)) return false;
  return access === 'read' || (!isFrame(uri) && uri.sessionId === undefined);
}
