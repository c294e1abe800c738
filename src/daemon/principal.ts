import type { Principal } from '../tenancy/index.ts';
import { assertIdentity } from '../uri/index.ts';

/**
 * Who asks on the Unix socket: its owner, whom the socket's mode admits alone. `X-OpenViking-Actor-Peer` narrows
 * what they see. @throws INVALID_ARGUMENT for a header that is not an identity
 */
export function resolvePrincipal(owner: Principal, headers: Headers): Principal {
  const actorPeer = headers.get('x-openviking-actor-peer')?.trim();
  if (actorPeer === undefined || actorPeer === '') return owner;
  assertIdentity(actorPeer, 'X-OpenViking-Actor-Peer');
  return { ...owner, actorPeer };
}
