import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorEnvelope, okEnvelope } from '../api/envelope.ts';
import { HEADERS, REQUEST_ID } from '../api/headers.ts';
import { parseRequest } from '../api/parse-request.ts';
import { asReferenceError } from '../api/reference-codes.ts';
import { methodsAt, type RouteName } from '../api/routes.ts';
import { OPEN_ROUTES } from '../api/schemas/errors-by-route.ts';
import type { Logger } from '../base/log.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { assertIdentity } from '../uri/index.ts';
import { Accepted, type Ask, type Handler, NOBODY, RawAnswer } from './ask.ts';
import { readJsonBody } from './body.ts';
import { singleHeader } from './credentials.ts';
import type { Approach } from './doors.ts';
import type { Metrics } from './metrics.ts';
import { matchRoute, splitTarget } from './router.ts';

/** What acts on the daemon's own machine: for those who are on it. */
const SOCKET_ROUTES: ReadonlySet<string> = new Set(['mountList', 'mountAdd', 'mountRemove', 'systemStop']);

export interface AppOptions {
  readonly handlers: Record<RouteName, Handler>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly listener: Approach['listener'];
  /** Who asks, before the actor peer is looked at. @throws UNAUTHENTICATED, PERMISSION_DENIED */
  resolvePrincipal(approach: Approach): Promise<Principal>;
  /** Whether the server has begun to stop. */
  isClosing(): boolean;
}

/** The HTTP application: routes, envelope, headers; every outcome, also a mistake of ours, is an envelope. */
export function createApp(
  options: AppOptions,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => void answer(options, new Exchange(incoming, outgoing));
}

/** One request and its answer to be. */
class Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly startedMs = performance.now();
  /** Name of the route; empty until one is found. */
  route = '';
  /** Whether the body asks to be told what the request took. */
  wantsTelemetry = false;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.method = incoming.method ?? 'GET';
    const { path, query } = splitTarget(incoming.url ?? '/');
    this.path = path;
    this.query = query;
  }
}

async function answer(options: AppOptions, exchange: Exchange): Promise<void> {
  const { incoming, startedMs, method, path } = exchange;
  let requestId: string | undefined;
  try {
    requestId = requestIdOf(incoming) ?? randomUUID();
    if (options.isClosing())
      throw new VikingError('CLOSING', 'the daemon is stopping', { hint: 'Start it again with: ov daemon.' });
    const value = await ask(options, exchange, requestId);
    const elapsedMs = performance.now() - startedMs;
    const told = exchange.wantsTelemetry ? { requestId, operation: exchange.route } : undefined;
    const raw =
      value instanceof RawAnswer
        ? value
        : value instanceof Accepted
          ? RawAnswer.json(202, okEnvelope(value.value, elapsedMs, told))
          : RawAnswer.json(200, okEnvelope(value ?? null, elapsedMs, told));
    options.log.debug({ request: requestId, method, path, status: raw.status, ms: elapsedMs }, 'request');
    options.metrics.observe(exchange.route, raw.status, elapsedMs);
    await respond(exchange, raw, { requestId, elapsedMs });
  } catch (thrown) {
    const error = toVikingError(thrown);
    const elapsedMs = performance.now() - startedMs;
    requestId ??= randomUUID();
    const fields = { request: requestId, method, path, code: error.code, ms: elapsedMs };
    if (error.status >= 500)
      options.log.error(
        { ...fields, error: error.message, stack: (thrown as Error)?.stack },
        'request failed',
      );
    else options.log.debug({ ...fields, error: error.message }, 'request refused');
    if (exchange.outgoing.headersSent) {
      exchange.outgoing.destroy();
      return;
    }
    // What a handler left unread must not keep the sender from reading the answer: it is thrown away as it comes, and
    // a connection cut in the middle of a request would lose the answer on its way.
    incoming.resume();
    const extra = { ...headersOf(error), ...(incoming.complete ? {} : { connection: 'keep-alive' }) };
    options.metrics.observe(exchange.route, statusOf(error), elapsedMs);
    // Clients of the reference come over TCP; those of ours have the exact code back from its details.
    const told = options.listener === 'tcp' ? asReferenceError(error) : error;
    const raw = RawAnswer.json(statusOf(error), errorEnvelope(told, elapsedMs));
    await respond(exchange, raw, { requestId, elapsedMs, extra }).catch(() => exchange.outgoing.destroy());
  }
}

/** @throws NOT_FOUND for no such route, and what the route throws */
async function ask(options: AppOptions, exchange: Exchange, requestId: string): Promise<unknown> {
  const { incoming, outgoing, method, path } = exchange;
  const matched = matchRoute(method, path);
  if (matched === undefined) {
    await resolveOwner(options, exchange, undefined);
    return noSuchRoute(exchange);
  }
  const { name, params } = matched;
  exchange.route = name;
  if (options.listener === 'tcp' && SOCKET_ROUTES.has(name)) throw notFromAfar(exchange);
  const owner = await resolveOwner(options, exchange, name);
  const request: Ask = {
    owner,
    principal: narrowed(owner, singleHeader(incoming, HEADERS.actorPeer)),
    listener: options.listener,
    params,
    incoming,
    requestId,
    query: (schema) => parseRequest(schema, Object.fromEntries(new URLSearchParams(exchange.query)), 'query'),
    body: async (schema) => {
      const parsed = parseRequest(schema, await readJsonBody(incoming), 'body');
      exchange.wantsTelemetry = asksTelemetry(parsed);
      return parsed;
    },
    afterAnswer: (work) => void outgoing.once('close', work),
  };
  return options.handlers[name](request);
}

async function resolveOwner(
  options: AppOptions,
  { incoming, path }: Exchange,
  route: RouteName | undefined,
): Promise<Principal> {
  const approach = { listener: options.listener, incoming, path };
  // Asked before anybody knows who asks; the caller's identity is told only when it proves one.
  if (route === undefined || !OPEN_ROUTES.has(route)) return options.resolvePrincipal(approach);
  return options.resolvePrincipal(approach).catch(() => NOBODY);
}

/** The header chooses one peer's view. It never widens what the caller's own identity allows. */
export function narrowed(owner: Principal, peer: string | undefined): Principal {
  if (peer === undefined) return owner;
  assertIdentity(peer, `header ${HEADERS.actorPeer}:`);
  if (owner.actorPeer !== undefined && owner.actorPeer !== peer) {
    throw new VikingError(
      'PERMISSION_DENIED',
      `actor peer ${peer}: the caller is bound to ${owner.actorPeer}`,
    );
  }
  return { ...owner, actorPeer: peer };
}

/** `true`, or an object that does not say `summary: false`. */
function asksTelemetry(body: unknown): boolean {
  const asked = (body as { telemetry?: boolean | { summary?: unknown } } | undefined)?.telemetry;
  return typeof asked === 'object' ? asked.summary !== false : asked === true;
}

function requestIdOf(incoming: IncomingMessage): string | undefined {
  const id = singleHeader(incoming, HEADERS.requestId);
  if (id === undefined || REQUEST_ID.test(id)) return id;
  throw new VikingError('INVALID_ARGUMENT', `header ${HEADERS.requestId}: must match ${REQUEST_ID.source}`);
}

function notFromAfar({ method, path }: Exchange): VikingError {
  return new VikingError('PERMISSION_DENIED', `${method} ${path}: not over TCP`, {
    hint: 'It acts on the machine of the daemon: use its Unix socket there.',
  });
}

/** @throws NOT_FOUND for a path without routes, INVALID_ARGUMENT (answered as 405) for a method it does not have */
function noSuchRoute({ method, path }: Exchange): never {
  const methods = methodsAt(path);
  if (methods.length === 0) {
    throw new VikingError('NOT_FOUND', `${method} ${path}: no such route`, {
      details: { path },
    });
  }
  throw new VikingError('INVALID_ARGUMENT', `${method} ${path}: method not allowed`, {
    hint: `Use ${methods.join(' or ')}.`,
    details: { allow: methods },
  });
}

function statusOf(error: VikingError): number {
  return error.details['allow'] === undefined ? error.status : 405;
}

function headersOf(error: VikingError): Record<string, string> {
  if (error.code === 'UNAUTHENTICATED') return { 'www-authenticate': 'Bearer realm="vikingfs"' };
  const allow = error.details['allow'];
  return Array.isArray(allow) ? { allow: allow.join(', ') } : {};
}

interface Sending {
  readonly requestId: string;
  readonly elapsedMs: number;
  readonly extra?: Readonly<Record<string, string>>;
}

/** Resolves when all of the answer is handed over. @throws when a stream breaks on its way */
async function respond({ outgoing, method }: Exchange, raw: RawAnswer, sending: Sending): Promise<void> {
  const { body } = raw;
  const streamed = body instanceof Readable;
  outgoing.writeHead(raw.status, {
    ...raw.headers,
    ...(streamed ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...sending.extra,
    [HEADERS.requestId]: sending.requestId,
    [HEADERS.processTime]: (sending.elapsedMs / 1_000).toFixed(6),
    'cache-control': 'no-store',
  });
  if (!streamed) outgoing.end(body);
  else if (method === 'HEAD') {
    body.destroy();
    outgoing.end();
  } else await pipeline(body, outgoing);
}
