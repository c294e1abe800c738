import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errorOf, isEnvelope } from '../api/envelope.ts';
import { HEADERS } from '../api/headers.ts';
import { pathOf, ROUTES, type RouteName } from '../api/routes.ts';
import { delay } from '../base/deadline.ts';
import { isVikingError, VikingError } from '../errors/index.ts';

/** Where the daemon answers: at its Unix socket, or at a URL (`http://host:port`) with a key. */
export type ClientOptions = CallOptions & (SocketEndpoint | UrlEndpoint);

export interface SocketEndpoint {
  readonly socketPath: string;
  readonly baseUrl?: undefined;
}

export interface UrlEndpoint {
  readonly socketPath?: undefined;
  /** `http:` or `https:`; a path in it goes before every route's. */
  readonly baseUrl: string;
}

export interface CallOptions {
  /** Longest time one call may take, unless the call itself waits for work. Default 60 s. */
  readonly timeoutMs?: number;
  /** Narrows every call to one peer's view. */
  readonly actorPeer?: string;
  /** Whom the daemon's owner acts as. Default: the configured user. */
  readonly account?: string;
  readonly user?: string;
  /** The agent that asks, for accounts that keep agents apart. */
  readonly agent?: string;
  /** An API key, in place of being the daemon's owner. */
  readonly key?: string;
  /** Keep trying to connect for so long: the daemon may be starting. Default 0: one attempt. */
  readonly connectRetryMs?: number;
}

export interface Call {
  readonly route: RouteName;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
  /** In place of `body`: bytes with their content type. */
  readonly raw?: { readonly contentType: string; readonly bytes: AsyncIterable<Uint8Array> };
  /** Time this call may take beyond the client's own bound: how long the server was asked to wait. */
  readonly waitMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
}

const RETRY_INTERVAL_MS = 50;

/** A daemon that has not begun to answer for so long is asked whether it is well, and has as long to say so. */
const PROBE_AFTER_MS = 5_000;

/** The `result` of an enveloped route. @throws what the server refused with; UNAVAILABLE when none answers */
export async function callResult<T>(options: ClientOptions, call: Call): Promise<T> {
  const { status, bytes } = await callBytes(options, call);
  const value = parseJson(bytes);
  if (!isEnvelope(value)) {
    throw new VikingError(
      'UNAVAILABLE',
      `${shownEndpoint(options)} answered ${status} and nothing we understand`,
      {
        hint:
          options.socketPath === undefined
            ? 'Is something else listening there? Check the base URL.'
            : 'Is something else listening there? Check VIKINGFS_SOCKET.',
      },
    );
  }
  if (value.status === 'error') throw errorOf(value);
  return value.result as T;
}

/** The body of an answer; an enveloped error is thrown. */
export async function callBytes(options: ClientOptions, call: Call): Promise<Answer> {
  const until = performance.now() + (options.connectRetryMs ?? 0);
  for (;;) {
    try {
      const answer = await attempt(options, call);
      const value = answer.status >= 400 ? parseJson(answer.bytes) : undefined;
      if (isEnvelope(value) && value.status === 'error') throw errorOf(value);
      return answer;
    } catch (error) {
      if (!isNobodyThere(error) || performance.now() >= until) throw error;
      await delay(RETRY_INTERVAL_MS);
    }
  }
}

function attempt(options: ClientOptions, call: Call): Promise<Answer> {
  const payload = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  // A wait that is no number is refused by the daemon, which has to be asked for that.
  const waitMs = Number.isFinite(call.waitMs) ? (call.waitMs ?? 0) : 0;
  const timeoutMs = (options.timeoutMs ?? 60_000) + waitMs;
  return new Promise((resolve, reject) => {
    let answered = false;
    const { send, at } = endpointOf(options);
    const request = send(
      {
        ...at,
        method: ROUTES[call.route].method,
        path: at.prefix + targetOf(call),
        agent: false,
        headers: { host: at.authority, ...headersOf(options, call, payload) },
      },
      (response) => {
        answered = true;
        clearTimeout(suspicion);
        collect(response).then(resolve, reject).finally(finish);
      },
    );
    const timer = setTimeout(() => {
      reject(
        new VikingError(
          'DEADLINE_EXCEEDED',
          `${call.route}: no answer from ${shownEndpoint(options)} within ${timeoutMs} ms`,
        ),
      );
      finish();
    }, timeoutMs);
    const suspicion = setTimeout(() => {
      void isWell(options).then((well) => {
        if (well || answered) return;
        reject(silent(options));
        finish();
      });
    }, PROBE_AFTER_MS);
    const finish = (): void => {
      clearTimeout(timer);
      clearTimeout(suspicion);
      request.destroy();
    };
    // A server that refuses early answers while we still write: its answer counts, our broken pipe does not.
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (answered) return;
      clearTimeout(timer);
      clearTimeout(suspicion);
      reject(connectionError(error, options));
    });
    if (call.raw === undefined) request.end(payload);
    else void stream(call.raw.bytes, request).catch((error: unknown) => request.destroy(error as Error));
  });
}

interface Endpoint {
  readonly send: typeof httpRequest;
  readonly at: {
    readonly socketPath?: string;
    readonly host?: string;
    readonly port?: string;
    /** What the `Host` header says. */
    readonly authority: string;
    /** Goes before every path; without a slash at its end. */
    readonly prefix: string;
  };
}

/** @throws INVALID_ARGUMENT for a base URL that is none */
function endpointOf({ socketPath, baseUrl }: ClientOptions): Endpoint {
  if (socketPath !== undefined)
    return { send: httpRequest, at: { socketPath, authority: 'localhost', prefix: '' } };
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new VikingError('INVALID_ARGUMENT', `base URL ${JSON.stringify(baseUrl)}: not an HTTP URL`, {
      hint: 'It looks like http://127.0.0.1:1933.',
    });
  }
  const tls = url.protocol === 'https:';
  return {
    send: tls ? httpsRequest : httpRequest,
    at: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (tls ? '443' : '80'),
      authority: url.host,
      prefix: url.pathname.replace(/\/+$/, ''),
    },
  };
}

function shownEndpoint({ socketPath, baseUrl }: ClientOptions): string {
  return socketPath ?? baseUrl;
}

/** Whether something at the endpoint answers a question that needs no work. */
function isWell(options: ClientOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const { send, at } = endpointOf(options);
    const request = send(
      { ...at, path: at.prefix + ROUTES.health.path, agent: false, headers: { host: at.authority } },
      (response) => {
        response.resume();
        resolve(true);
      },
    );
    request.setTimeout(PROBE_AFTER_MS, () => request.destroy(new Error('silent')));
    request.on('error', () => resolve(false));
    request.end();
  });
}

function silent(options: ClientOptions): VikingError {
  return new VikingError(
    'DEADLINE_EXCEEDED',
    `the daemon at ${shownEndpoint(options)} takes connections and does not answer`,
    {
      hint: 'It hangs, or is stopped (Ctrl-Z): look with: ov doctor; end it by its process id, then: ov daemon',
    },
  );
}

async function stream(
  bytes: AsyncIterable<Uint8Array>,
  request: ReturnType<typeof httpRequest>,
): Promise<void> {
  for await (const piece of bytes) {
    if (request.destroyed) return;
    if (!request.write(piece)) await drained(request);
  }
  request.end();
}

function drained(request: ReturnType<typeof httpRequest>): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      request.off('drain', go).off('close', go);
      resolve();
    };
    request.on('drain', go).on('close', go);
  });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { status: response.statusCode ?? 0, bytes: Buffer.concat(pieces) };
}

function targetOf(call: Call): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) query.set(key, String(value));
  const text = query.toString();
  return pathOf(call.route, call.params) + (text === '' ? '' : `?${text}`);
}

function headersOf(
  options: ClientOptions,
  call: Call,
  payload: Buffer | undefined,
): Record<string, string | number> {
  return {
    ...(payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': payload.length }),
    ...(call.raw === undefined ? {} : { 'content-type': call.raw.contentType }),
    ...(options.actorPeer === undefined ? {} : { [HEADERS.actorPeer]: options.actorPeer }),
    ...(options.account === undefined ? {} : { [HEADERS.account]: options.account }),
    ...(options.user === undefined ? {} : { [HEADERS.user]: options.user }),
    ...(options.agent === undefined ? {} : { [HEADERS.agent]: options.agent }),
    ...(options.key === undefined ? {} : { [HEADERS.apiKey]: options.key }),
  };
}

const NOBODY_THERE: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTDIR',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

function connectionError(error: NodeJS.ErrnoException, options: ClientOptions): VikingError {
  const where = shownEndpoint(options);
  if (NOBODY_THERE.has(error.code)) {
    return new VikingError('UNAVAILABLE', `no daemon answers at ${where}`, {
      hint:
        options.socketPath === undefined
          ? 'Check the address; a daemon listens on TCP only when it is configured to (VIKINGFS_HTTP).'
          : 'start it with: ov mount DIR, or: ov daemon',
      details: { connected: false },
      cause: error,
    });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new VikingError('PERMISSION_DENIED', `${where} belongs to another user`, {
      hint: 'Only the user who started the daemon can use it; set VIKINGFS_SOCKET for your own.',
      cause: error,
    });
  }
  return new VikingError('UNAVAILABLE', `the connection to ${where} broke: ${error.message}`, {
    hint: 'Look into the log of the daemon, or run: ov doctor',
    cause: error,
  });
}

function isNobodyThere(error: unknown): boolean {
  return isVikingError(error) && error.details['connected'] === false;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
