import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { errorEnvelope } from '../api/envelope.ts';
import { HEADERS } from '../api/headers.ts';
import { asReferenceError } from '../api/reference-codes.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { narrowed } from './app.ts';
import { singleHeader } from './credentials.ts';
import { type Approach, type Door, doorAt } from './doors.ts';
import { assertSameSite, isLoopback } from './origin.ts';

export interface TcpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether every caller proves itself with a key. Without keys, only this machine may reach the address. */
  readonly keyed: boolean;
}

type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

export interface TcpListenerOptions {
  readonly tcp: TcpOptions;
  readonly doors: readonly Door[];
  /** The HTTP API. */
  readonly answer: RequestListener;
  resolvePrincipal(approach: Approach): Promise<Principal>;
  isClosing(): boolean;
}

/** Checks where a request comes from, then hands it to the door its path belongs to, or to the API. */
export function tcpListener(options: TcpListenerOptions): RequestListener {
  return (incoming, outgoing) => {
    try {
      assertSameSite(incoming, options.tcp);
    } catch (error) {
      refuse(incoming, outgoing, error);
      return;
    }
    const path = pathOf(incoming);
    const door = doorAt(options.doors, path);
    if (door === undefined) {
      options.answer(incoming, outgoing);
      return;
    }
    void enter(options, { listener: 'tcp', incoming, path })
      .then((principal) => door.handle(incoming, outgoing, principal))
      .catch((error: unknown) => refuse(incoming, outgoing, error));
  };
}

/** @throws PERMISSION_DENIED for an address that others than this machine reach, when no key guards it */
export function assertMayListen({ host, keyed }: TcpOptions): void {
  if (keyed || isLoopback(host)) return;
  throw new VikingError('PERMISSION_DENIED', `http: ${host} can be reached from other machines`, {
    hint: 'Set VIKINGFS_ROOT_KEY so that callers need a key, or listen on 127.0.0.1.',
  });
}

/** @throws CONFLICT when the address is taken, INVALID_ARGUMENT when it is not one of this machine */
export function listenOnTcp(server: Server, { host, port }: TcpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new VikingError(
          taken ? 'CONFLICT' : 'INVALID_ARGUMENT',
          `http: cannot listen on ${host}:${port} (${error.code ?? error.message})`,
          { hint: 'Set VIKINGFS_HTTP to a free address of this machine.', cause: error },
        ),
      );
    };
    server.once('error', failed);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

async function enter(options: TcpListenerOptions, approach: Approach): Promise<Principal> {
  if (options.isClosing()) throw new VikingError('CLOSING', 'the daemon is stopping');
  const owner = await options.resolvePrincipal(approach);
  return narrowed(owner, singleHeader(approach.incoming, HEADERS.actorPeer));
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, thrown: unknown): void {
  const error = toVikingError(thrown);
  incoming.resume();
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const body = JSON.stringify(errorEnvelope(asReferenceError(error), 0));
  outgoing.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // The clients of other doors know passwords only: the key is one.
    ...(error.code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Basic realm="vikingfs"' } : {}),
  });
  outgoing.end(body);
}

function pathOf(incoming: IncomingMessage): string {
  const target = incoming.url ?? '/';
  const path = target.split('?', 1)[0] ?? '/';
  // A request line may carry a whole URL (RFC 9112, 3.2.2).
  return path.startsWith('/') ? path : URL.canParse(target) ? new URL(target).pathname : '/';
}
