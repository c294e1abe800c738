import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { errorEnvelope, okEnvelope } from '../api/envelope.ts';
import { HEADERS, REQUEST_ID } from '../api/headers.ts';
import { parseRequest } from '../api/parse-request.ts';
import { methodsAt, ROUTES, type RouteName } from '../api/routes.ts';
import type { Logger } from '../base/log.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { assertIdentity } from '../uri/index.ts';
import { Accepted, type Ask, type Handler, NOBODY, RawAnswer } from './ask.ts';
import { readJsonBody } from './body.ts';
import { singleHeader } from './credentials.ts';
import type { Approach } from './doors.ts';

/** Asked before anybody knows who asks; the caller's identity is told only when it proves one. */
const OPEN_ROUTES: ReadonlySet<string> = new Set(['health', 'ready']);

/** What acts on the daemon's own machine: for those who are on it. */
const SOCKET_ROUTES: ReadonlySet<string> = new Set(['mountList', 'mountAdd', 'mountRemove', 'systemStop']);

type Env = { Bindings: HttpBindings };
type RequestContext = Context<Env>;

export interface AppOptions {
  readonly handlers: Record<RouteName, Handler>;
  readonly log: Logger;
  readonly listener: Approach['listener'];
  /** Who asks, before the actor peer is looked at. @throws UNAUTHENTICATED, PERMISSION_DENIED */
  resolvePrincipal(approach: Approach): Promise<Principal>;
  /** Whether the server has begun to stop. */
  isClosing(): boolean;
}

/** The HTTP application: routes, envelope, headers; every outcome, also a mistake of ours, is an envelope. */
export function createApp(options: AppOptions): Hono<Env> {
  const app = new Hono<Env>();
  for (const [name, route] of Object.entries(ROUTES)) {
    const handler = options.handlers[name as RouteName];
    app.on(route.method, route.path, (c) => answer(c, options, { name, handler }));
  }
  app.all('*', (c) => answer(c, options, { name: '', handler: async () => noSuchRoute(c) }));
  return app;
}

interface Served {
  /** Route name; empty where there is none. */
  readonly name: string;
  readonly handler: Handler;
}

async function answer(c: RequestContext, options: AppOptions, served: Served): Promise<Response> {
  const startedMs = performance.now();
  let requestId: string = randomUUID();
  try {
    requestId = requestIdOf(c) ?? requestId;
    if (options.isClosing())
      throw new VikingError('CLOSING', 'the daemon is stopping', { hint: 'Start it again with: ov daemon.' });
    if (options.listener === 'tcp' && SOCKET_ROUTES.has(served.name)) throw notFromAfar(c);
    const value = await served.handler(await createAsk(c, options, served));
    const elapsedMs = performance.now() - startedMs;
    const raw =
      value instanceof RawAnswer
        ? value
        : value instanceof Accepted
          ? RawAnswer.json(202, okEnvelope(value.value, elapsedMs))
          : RawAnswer.json(200, okEnvelope(value ?? null, elapsedMs));
    options.log.debug(
      { request: requestId, method: c.req.method, path: c.req.path, status: raw.status, ms: elapsedMs },
      'request',
    );
    return respond(raw, requestId, elapsedMs);
  } catch (thrown) {
    const error = toVikingError(thrown);
    const elapsedMs = performance.now() - startedMs;
    const fields = {
      request: requestId,
      method: c.req.method,
      path: c.req.path,
      code: error.code,
      ms: elapsedMs,
    };
    if (error.status >= 500)
      options.log.error(
        { ...fields, error: error.message, stack: (thrown as Error)?.stack },
        'request failed',
      );
    else options.log.debug({ ...fields, error: error.message }, 'request refused');
    // What a handler left unread must not keep the sender from reading the answer: it is thrown away as it comes, and
    // a connection cut in the middle of a request would lose the answer on its way.
    const { incoming } = c.env;
    incoming.resume();
    const extra = { ...headersOf(error), ...(incoming.complete ? {} : { connection: 'keep-alive' }) };
    return respond(
      RawAnswer.json(statusOf(error), errorEnvelope(error, elapsedMs)),
      requestId,
      elapsedMs,
      extra,
    );
  }
}

async function createAsk(c: RequestContext, options: AppOptions, served: Served): Promise<Ask> {
  const { incoming, outgoing } = c.env;
  const owner = await resolveOwner(c, options, served);
  return {
    owner,
    principal: narrowed(owner, singleHeader(incoming, HEADERS.actorPeer)),
    listener: options.listener,
    params: c.req.param(),
    incoming,
    query: (schema) => parseRequest(schema, Object.fromEntries(new URL(c.req.url).searchParams), 'query'),
    body: async (schema) => parseRequest(schema, await readJsonBody(incoming), 'body'),
    afterAnswer: (work) => void outgoing.once('close', work),
  };
}

async function resolveOwner(c: RequestContext, options: AppOptions, served: Served): Promise<Principal> {
  const approach = { listener: options.listener, incoming: c.env.incoming, path: c.req.path };
  if (!OPEN_ROUTES.has(served.name)) return options.resolvePrincipal(approach);
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

function requestIdOf(c: RequestContext): string | undefined {
  const id = c.req.header(HEADERS.requestId);
  if (id === undefined || REQUEST_ID.test(id)) return id;
  throw new VikingError('INVALID_ARGUMENT', `header ${HEADERS.requestId}: must match ${REQUEST_ID.source}`);
}

function notFromAfar(c: RequestContext): VikingError {
  return new VikingError('PERMISSION_DENIED', `${c.req.method} ${c.req.path}: not over TCP`, {
    hint: 'It acts on the machine of the daemon: use its Unix socket there.',
  });
}

/** @throws NOT_FOUND for a path without routes, INVALID_ARGUMENT (answered as 405) for a method it does not have */
function noSuchRoute(c: RequestContext): never {
  const methods = methodsAt(c.req.path);
  if (methods.length === 0) {
    throw new VikingError('NOT_FOUND', `${c.req.method} ${c.req.path}: no such route`, {
      details: { path: c.req.path },
    });
  }
  throw new VikingError('INVALID_ARGUMENT', `${c.req.method} ${c.req.path}: method not allowed`, {
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

function respond(
  raw: RawAnswer,
  requestId: string,
  elapsedMs: number,
  extra: Readonly<Record<string, string>> = {},
): Response {
  return new Response(raw.body as ConstructorParameters<typeof Response>[0], {
    status: raw.status,
    headers: {
      ...raw.headers,
      ...extra,
      [HEADERS.requestId]: requestId,
      [HEADERS.processTime]: (elapsedMs / 1_000).toFixed(6),
      'cache-control': 'no-store',
    },
  });
}
