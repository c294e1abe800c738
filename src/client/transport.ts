import { request as httpRequest, type IncomingMessage } from 'node:http';
import { errorOf, isEnvelope } from '../api/envelope.ts';
import { HEADERS } from '../api/headers.ts';
import { pathOf, ROUTES, type RouteName } from '../api/routes.ts';
import { delay } from '../base/deadline.ts';
import { isVikingError, VikingError } from '../errors/index.ts';

export interface ClientOptions {
  readonly socketPath: string;
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
      `${options.socketPath} answered ${status} and nothing we understand`,
      {
        hint: 'Is something else listening there? Check VIKINGFS_SOCKET.',
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
  const timeoutMs = (options.timeoutMs ?? 60_000) + (call.waitMs ?? 0);
  return new Promise((resolve, reject) => {
    let answered = false;
    const request = httpRequest(
      {
        socketPath: options.socketPath,
        method: ROUTES[call.route].method,
        path: targetOf(call),
        agent: false,
        headers: headersOf(options, call, payload),
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
          `${call.route}: no answer from ${options.socketPath} within ${timeoutMs} ms`,
        ),
      );
      finish();
    }, timeoutMs);
    const suspicion = setTimeout(() => {
      void isWell(options.socketPath).then((well) => {
        if (well || answered) return;
        reject(silent(options.socketPath));
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
      reject(connectionError(error, options.socketPath));
    });
    if (call.raw === undefined) request.end(payload);
    else void stream(call.raw.bytes, request).catch((error: unknown) => request.destroy(error as Error));
  });
}

/** Whether something at the socket answers a question that needs no work. */
function isWell(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = httpRequest(
      { socketPath, path: ROUTES.health.path, agent: false, headers: { host: 'localhost' } },
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

function silent(socketPath: string): VikingError {
  return new VikingError(
    'DEADLINE_EXCEEDED',
    `the daemon at ${socketPath} takes connections and does not answer`,
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
    host: 'localhost',
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

function connectionError(error: NodeJS.ErrnoException, socketPath: string): VikingError {
  if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return new VikingError('UNAVAILABLE', `no daemon answers at ${socketPath}`, {
      hint: 'start it with: ov mount DIR, or: ov daemon',
      details: { connected: false },
      cause: error,
    });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new VikingError('PERMISSION_DENIED', `${socketPath} belongs to another user`, {
      hint: 'Only the user who started the daemon can use it; set VIKINGFS_SOCKET for your own.',
      cause: error,
    });
  }
  return new VikingError('UNAVAILABLE', `the connection to ${socketPath} broke: ${error.message}`, {
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
