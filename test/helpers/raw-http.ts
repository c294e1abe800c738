import { type IncomingHttpHeaders, request } from 'node:http';

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; a field of something else is undefined. */
  readonly json: {
    status?: string;
    result?: unknown;
    time?: number;
    error?: { code: string; message: string; details: Record<string, unknown>; hint?: string };
  };
}

/** One HTTP request to a Unix socket, or to a loopback port, without our client in between. */
export function rawRequest(to: string | number, asked: RawRequest): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', path, headers = {}, body } = asked;
    const sent = request({
      ...(typeof to === 'string' ? { socketPath: to } : { host: '127.0.0.1', port: to }),
      method,
      path,
      headers: { host: 'localhost', ...headers },
      agent: false,
    });
    sent.on('response', async (response) => {
      try {
        let text = '';
        for await (const piece of response) text += String(piece);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject);
    sent.setTimeout(30_000, () => sent.destroy(new Error(`${method} ${path}: no answer`)));
    sent.end(body);
  });
}

/** `body` as JSON to `path`. */
export function postJson(
  socketPath: string,
  path: string,
  body: unknown,
  method = 'POST',
): Promise<RawResponse> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return rawRequest(socketPath, {
    method,
    path,
    // Node frames a body of DELETE only when it is told how long it is.
    headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) },
    body: text,
  });
}

function parse(text: string): RawResponse['json'] {
  try {
    return JSON.parse(text) as RawResponse['json'];
  } catch {
    return {};
  }
}
