import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { errorEnvelope } from '../api/envelope.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Core } from '../core/core.ts';
import { VikingError } from '../errors/index.ts';
import type { AuthMode, Principal } from '../tenancy/index.ts';
import { createApp } from './app.ts';
import type { Approach, Door } from './doors.ts';
import { createHandlers } from './handlers.ts';
import { createMetrics } from './metrics.ts';
import type { MountsControl } from './mounts.ts';
import { cutSlowSenders } from './slow-senders.ts';
import { listenPrivately } from './socket.ts';
import { assertMayListen, listenOnTcp, type TcpOptions, tcpListener } from './tcp.ts';
import { createUploads } from './uploads.ts';

export interface ControlTimeouts {
  /** To send the request line and headers. */
  readonly headersMs: number;
  /** For each part of a body that is still coming; see `cutSlowSenders`. */
  readonly requestMs: number;
  /** An idle connection between two requests. */
  readonly keepAliveMs: number;
  /** A client that does not take its answer. */
  readonly stalledMs: number;
  /** Requests under way when the server closes. */
  readonly drainMs: number;
}

const TIMEOUTS: ControlTimeouts = {
  headersMs: 10_000,
  requestMs: 20_000,
  keepAliveMs: 5_000,
  stalledMs: 60_000,
  drainMs: 10_000,
};

export interface ControlOptions {
  readonly core: Core;
  readonly mounts: MountsControl;
  readonly socketPath: string;
  /** Where uploads wait to be imported; emptied at start and at the end. */
  readonly uploadDir: string;
  readonly log: Logger;
  readonly version: string;
  readonly clock?: Clock;
  readonly timeouts?: Partial<ControlTimeouts>;
  /** The TCP listener; absent: none. */
  readonly tcp?: TcpOptions;
  /** Other protocols, served on the TCP listener once the caller is known. */
  readonly doors?: readonly Door[];
  readonly authMode?: AuthMode;
  /** Who asks. @throws (from the result) UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT, FAILED_PRECONDITION */
  resolvePrincipal(approach: Approach): Promise<Principal>;
  /** Called after `POST /api/v1/system/stop` was answered. */
  onStop(): void;
}

export interface ControlServer {
  readonly socketPath: string;
  /** Where the TCP listener answers, once `listen` resolved: the port is known even when 0 was asked for. */
  readonly tcpAddress: { readonly host: string; readonly port: number } | undefined;
  /**
   * Resolves when the socket, and the TCP address if there is one, take connections.
   * @throws CONFLICT when another daemon answers there, PERMISSION_DENIED for an address others reach without keys
   */
  listen(): Promise<void>;
  /** Takes no new work, lets requests under way end, then closes. Safe to call twice. */
  close(): Promise<void>;
}

/** The HTTP door: on a Unix socket always, on a TCP address when one is configured. */
export function createControlServer(options: ControlOptions): ControlServer {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const uploads = createUploads(join(options.uploadDir, 'uploads'), options.clock ?? systemClock);
  let closing: Promise<void> | undefined;
  const metrics = createMetrics();
  const handlers = createHandlers({ ...options, metrics }, uploads);
  const appOptions = (listener: Approach['listener']) => ({
    handlers,
    listener,
    log: options.log,
    metrics,
    resolvePrincipal: options.resolvePrincipal,
    isClosing: () => closing !== undefined,
  });
  const serve = (listener: Approach['listener']): Listening => {
    const answer = createApp(appOptions(listener));
    const { tcp, doors = [] } = options;
    const server = createServer(
      {
        headersTimeout: timeouts.headersMs,
        // A body takes as long as it takes, while it gets on.
        requestTimeout: 0,
        keepAliveTimeout: timeouts.keepAliveMs,
        connectionsCheckingInterval: Math.min(1_000, timeouts.headersMs),
      },
      listener === 'tcp' && tcp !== undefined
        ? tcpListener({ ...appOptions(listener), tcp, doors, answer })
        : answer,
    );
    server.on('clientError', refuseBrokenRequest);
    const requests = trackRequests(server);
    cutStalledReaders(server, requests, timeouts.stalledMs);
    cutSlowSenders(server, timeouts.requestMs, refuseBrokenRequest);
    return { server, requests };
  };
  const socket = serve('socket');
  const tcp = options.tcp === undefined ? undefined : serve('tcp');

  return {
    socketPath: options.socketPath,
    get tcpAddress() {
      const address = tcp?.server.address();
      return typeof address === 'object' && address !== null
        ? { host: address.address, port: address.port }
        : undefined;
    },
    async listen() {
      if (options.tcp !== undefined) assertMayListen(options.tcp);
      await listenPrivately(socket.server, options.socketPath);
      if (tcp !== undefined && options.tcp !== undefined) await listenOnTcp(tcp.server, options.tcp);
      // Only after the socket is ours: another daemon's uploads are not ours to remove.
      await uploads.clear();
    },
    close() {
      closing ??= Promise.all(
        [socket, ...(tcp === undefined ? [] : [tcp])].map(({ server, requests }) =>
          drain(server, requests, timeouts.drainMs),
        ),
      ).then(() => uploads.clear());
      return closing;
    },
  };
}

interface Listening {
  readonly server: Server;
  readonly requests: OpenRequests;
}

/** Closes when no request is under way, and in any case after `drainMs`. */
async function drain(server: Server, requests: OpenRequests, drainMs: number): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
    // A connection that is answered and still sending would not count as idle for Node.
    const sweep = setInterval(() => requests.open === 0 && server.closeAllConnections(), 20);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(sweep);
      resolve();
    });
  });
}

/** Requests that are not answered yet. */
interface OpenRequests {
  readonly open: number;
  has(socket: Socket): boolean;
}

function trackRequests(server: Server): OpenRequests {
  const perSocket = new Map<Socket, number>();
  let open = 0;
  const add = (socket: Socket, change: number): void => {
    open += change;
    const left = (perSocket.get(socket) ?? 0) + change;
    if (left === 0) perSocket.delete(socket);
    else perSocket.set(socket, left);
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    add(socket, 1);
    response.once('close', () => add(socket, -1));
  });
  return {
    get open() {
      return open;
    },
    has: (socket) => perSocket.has(socket),
  };
}

/** What is not HTTP, or comes too slowly, is answered before the connection goes. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const large = error.code === 'HPE_HEADER_OVERFLOW';
  const status = slow
    ? '408 Request Timeout'
    : large
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request';
  const reason = slow
    ? 'the request did not arrive in time'
    : `not a valid HTTP request (${error.code ?? error.message})`;
  const body = JSON.stringify(
    errorEnvelope(new VikingError(slow ? 'DEADLINE_EXCEEDED' : 'INVALID_ARGUMENT', reason), 0),
  );
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/**
 * Cuts connections whose answer stays unread, and idle ones. One that waits for us (`/system/wait`) has nothing to read
 * and stays.
 */
function cutStalledReaders(server: Server, requests: OpenRequests, stalledMs: number): void {
  const unread = new WeakMap<Socket, number>();
  server.setTimeout(stalledMs, (socket: Socket) => {
    const waiting = socket.writableLength;
    const stalled = waiting > 0 && unread.get(socket) === waiting;
    if (stalled || (waiting === 0 && !requests.has(socket))) {
      socket.destroy();
      return;
    }
    unread.set(socket, waiting);
    socket.setTimeout(stalledMs);
  });
}
