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
import { type Ask, type Handler, RawAnswer } from './ask.ts';
import { readJsonBody } from './body.ts';

type Env = { Bindings: HttpBindings };
type RequestContext = Context<Env>;

export interface AppOptions {
  readonly handlers: Record<RouteName, Handler>;
  readonly log: Logger;
  /** Who asks, before the actor peer is looked at. @throws UNAUTHENTICATED */
  resolvePrincipal(headers: Headers): Principal;
  /** Whether the server has begun to stop. */
  isClosing(): boolean;
}

/** The HTTP application: routes, envelope, headers; every outcome, also a mistake of ours, is an envelope. */
export function createApp(options: AppOptions): Hono<Env> {
  const app = new Hono<Env>();
  for (const [name, route] of Object.entries(ROUTES)) {
    const handler = options.handlers[name as RouteName];
    app.on(route.method, route.path, (c) => answer(c, options, handler));
  }
  app.all('*', (c) => answer(c, options, async () => noSuchRoute(c)));
  return app;
}

async function answer(c: RequestContext, options: AppOptions, handler: Handler): Promise<Response> {
  const startedMs = performance.now();
  let requestId: string = randomUUID();
  try {
    requestId = requestIdOf(c) ?? requestId;
    if (options.isClosing())
      throw new VikingError('CLOSING', 'the daemon is stopping', { hint: 'Start it again with: ov daemon.' });
    const value = await handler(createAsk(c, options));
    const elapsedMs = performance.now() - startedMs;
    const raw =
      value instanceof RawAnswer ? value : RawAnswer.json(200, okEnvelope(value ?? null, elapsedMs));
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

function createAsk(c: RequestContext, options: AppOptions): Ask {
  const owner = options.resolvePrincipal(c.req.raw.headers);
  const { incoming, outgoing } = c.env;
  return {
    owner,
    principal: narrowed(owner, c.req.header(HEADERS.actorPeer)),
    params: c.req.param(),
    incoming,
    query: (schema) => parseRequest(schema, Object.fromEntries(new URL(c.req.url).searchParams), 'query'),
    body: async (schema) => parseRequest(schema, await readJsonBody(incoming), 'body'),
    afterAnswer: (work) => void outgoing.once('close', work),
  };
}

/** The header chooses one peer's view. It never widens what the caller's own identity allows. */
function narrowed(owner: Principal, peer: string | undefined): Principal {
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
