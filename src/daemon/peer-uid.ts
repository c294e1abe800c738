import type { IncomingMessage } from 'node:http';
import type { Logger } from '../base/log.ts';
import { peerCredentials } from '../mount/index.ts';

/**
 * Asks the kernel who connected to the Unix socket (SO_PEERCRED, through the addon). Undefined where the addon is
 * missing: then the socket's mode is what keeps others out.
 */
export function createPeerUid(log: Logger): (incoming: IncomingMessage) => number | undefined {
  const ask = peerCredentials();
  if (ask === undefined) {
    log.info({}, 'no addon: the mode of the socket decides who may connect');
    return () => undefined;
  }
  return ({ socket }) => {
    const fd = descriptorOf(socket);
    return fd === undefined ? undefined : ask(fd)?.uid;
  };
}

/** Node has no public way to a socket's descriptor. */
function descriptorOf(socket: unknown): number | undefined {
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: unknown } };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
