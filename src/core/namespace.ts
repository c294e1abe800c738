import type { ContentStore } from '../content/contract.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';

/** Content path of a URI: the account's directory, then the URI's own segments. */
export function contentPath(principal: Pick<Principal, 'account'>, uri: VikingUri): string {
  return uri.isRoot ? principal.account : `${principal.account}/${uri.contentPath}`;
}

/** The account and URI a content path stands for; undefined for a path outside every scope. */
export function pathUri(path: string): { account: string; uri: VikingUri } | undefined {
  const [account, ...segments] = path.split('/').filter((segment) => segment !== '');
  if (account === undefined) return undefined;
  try {
    return { account, uri: VikingUri.of(segments) };
  } catch (error) {
    // A name that cannot be a URI (invalid UTF-8, a stray top directory) is simply not part of the namespace.
    if (error instanceof VikingError) return undefined;
    throw error;
  }
}

/** Runs work on content paths; its errors speak of the URIs the caller knows. */
export async function inUris<T>(
  uris: readonly VikingUri[],
  paths: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isVikingError(error)) throw error;
    const message = uris.reduce(
      (text, uri, index) => text.replaceAll(paths[index]!, String(uri)),
      error.message,
    );
    throw new VikingError(error.code, message, { ...error.toJSON(), cause: error.cause ?? error });
  }
}

const USER_DIRECTORIES = ['memories', 'resources', 'skills', 'peers', 'sessions'] as const;

/** Makes the directories every user finds: `resources`, the user's own and their agent's. */
export async function ensureFrame(
  content: ContentStore,
  principal: Pick<Principal, 'account' | 'user' | 'agentSpace' | 'sharedSessions'>,
): Promise<void> {
  await content.mkdir(contentPath(principal, VikingUri.resources()));
  for (const name of USER_DIRECTORIES) {
    await content.mkdir(contentPath(principal, VikingUri.user(principal.user, name)));
  }
  if (principal.sharedSessions === true)
    await content.mkdir(contentPath(principal, VikingUri.of(['session'])));
  if (principal.agentSpace !== undefined)
    await content.mkdir(contentPath(principal, VikingUri.user(principal.agentSpace, 'skills')));
}
