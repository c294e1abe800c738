import type { IncomingMessage } from 'node:http';
import { HEADERS } from '../api/headers.ts';
import { VikingError } from '../errors/index.ts';
import {
  type AuthMode,
  assertAccountId,
  assertUserId,
  type Principal,
  placed,
  type Role,
  sameText,
  type Tenancy,
} from '../tenancy/index.ts';
import { assertIdentity } from '../uri/index.ts';
import { keyOf, singleHeader } from './credentials.ts';
import type { Approach } from './doors.ts';

export interface AuthenticationOptions {
  readonly tenancy: Tenancy;
  /** Mode of the TCP listener. On the socket its peer's uid is the credential, whatever the mode. */
  readonly mode: AuthMode;
  readonly rootKey: string | undefined;
  /** The configured user, whom the socket's owner is. */
  readonly owner: Pick<Principal, 'account' | 'user'>;
  /** Makes the directories a caller finds. */
  prepare(principal: Principal): Promise<void>;
  /** Uid at the other end of a Unix socket; undefined where the system does not say. */
  peerUid(incoming: IncomingMessage): number | undefined;
}

/** What the root key opens, besides administration: it owns no data. */
const ROOT_KEY_PATHS =
  /^\/(health|ready|metrics|api\/v1\/(admin|observer|console|tasks)(\/.*)?|api\/v1\/system\/(status|wait|backend|sync)(\/.*)?|api\/v1\/debug\/health)$/;

const ADMIN_PATHS = /^\/api\/v1\/admin(\/|$)/;

/** Who a request comes from, before the actor peer is looked at. */
export type Authenticate = (approach: Approach) => Promise<Principal>;

/** @throws (from the result) UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT, FAILED_PRECONDITION */
export function createAuthentication(options: AuthenticationOptions): Authenticate {
  const { tenancy, owner } = options;

  function byKey(key: string, path: string): Principal {
    if (options.rootKey !== undefined && sameText(key, options.rootKey)) {
      if (!ROOT_KEY_PATHS.test(path)) {
        throw new VikingError('PERMISSION_DENIED', `${path}: the root key administers, it has no data`, {
          hint: "Use a user's key; the root key makes one: POST /api/v1/admin/accounts.",
        });
      }
      return { ...owner, role: 'root', mode: 'api_key' };
    }
    return { ...tenancy.identify(key), mode: 'api_key' };
  }

  /** The owner of the daemon acts as themselves, or as whom they name: they could read every file anyway. */
  function asOwner(incoming: IncomingMessage): Principal {
    const account = singleHeader(incoming, HEADERS.account) ?? owner.account;
    const user = singleHeader(incoming, HEADERS.user) ?? owner.user;
    assertAccountId(account);
    assertUserId(user);
    tenancy.assertActive(account, user);
    return { account, user, role: 'root', mode: 'local' };
  }

  function trusted(incoming: IncomingMessage, path: string): Principal {
    const key = keyOf(incoming.headers);
    const byRoot = options.rootKey !== undefined && key !== undefined && sameText(key, options.rootKey);
    if (options.rootKey !== undefined && !byRoot) throw unauthenticated();
    const account = singleHeader(incoming, HEADERS.account);
    const user = singleHeader(incoming, HEADERS.user);
    const isAdmin = ADMIN_PATHS.test(path);
    if (!isAdmin && (account === undefined || user === undefined)) {
      const missing = account === undefined ? HEADERS.account : HEADERS.user;
      throw new VikingError('INVALID_ARGUMENT', `header ${missing}: required in mode trusted`);
    }
    if (account !== undefined) assertAccountId(account);
    if (user !== undefined) assertUserId(user);
    const identity = { account: account ?? owner.account, user: user ?? owner.user };
    tenancy.assertActive(identity.account, identity.user);
    const named = trustedRole(singleHeader(incoming, HEADERS.role), byRoot);
    // Without an identity, whoever holds the root key administers the service itself.
    const isService = isAdmin && byRoot && (account === undefined || user === undefined);
    return { ...identity, role: isService ? 'root' : named, mode: 'trusted' };
  }

  return async ({ listener, incoming, path }) => {
    const known = who();
    const agent = singleHeader(incoming, HEADERS.agent);
    if (agent !== undefined) assertIdentity(agent, `header ${HEADERS.agent}:`);
    const principal = placed(known, tenancy.policyOf(known.account), agent);
    if (principal.role !== 'root' || principal.mode === 'local') await options.prepare(principal);
    return principal;

    function who(): Principal {
      const key = keyOf(incoming.headers);
      if (listener === 'socket') {
        if (key !== undefined) return byKey(key, path);
        if (isOwner(options.peerUid(incoming))) return asOwner(incoming);
        throw unauthenticated();
      }
      if (options.mode === 'trusted') return trusted(incoming, path);
      if (options.mode === 'local') return asOwner(incoming);
      if (key === undefined) throw unauthenticated();
      return byKey(key, path);
    }
  };
}

/** Where the system does not name the peer, the socket's mode (0600) admits its owner alone. */
function isOwner(uid: number | undefined): boolean {
  return uid === undefined || uid === 0 || uid === process.getuid?.();
}

function trustedRole(text: string | undefined, byRoot: boolean): Role {
  if (text === undefined || !byRoot) return 'user';
  if (text === 'user' || text === 'admin') return text;
  throw new VikingError(
    'INVALID_ARGUMENT',
    `header ${HEADERS.role}: must be user or admin, not ${JSON.stringify(text.slice(0, 40))}`,
  );
}

function unauthenticated(): VikingError {
  return new VikingError('UNAUTHENTICATED', 'an API key is required', {
    hint: 'Send it as X-API-Key, or as Authorization: Bearer.',
  });
}
