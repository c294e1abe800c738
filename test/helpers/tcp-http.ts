import { request } from 'node:http';
import { eventually } from './eventually.ts';
import type { RawRequest, RawResponse } from './raw-http.ts';

/** Port of a daemon that was started with `VIKINGFS_HTTP=127.0.0.1:0`, as its log tells it. */
export async function tcpPortOf(daemon: { log(): string }): Promise<number> {
  let port: number | undefined;
  await eventually(
    async () => {
      port = Number(/"port":(\d+)[^\n]*listening on TCP/.exec(daemon.log())?.[1]);
      return port > 0;
    },
    { what: 'the daemon listens on TCP', timeoutMs: 10_000 },
  );
  return port!;
}

/** One HTTP request to a loopback port, with exactly these headers. A body that is no string is sent as JSON. */
export function tcpRequest(
  port: number,
  asked: Omit<RawRequest, 'body'> & { readonly json?: unknown },
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const { method = asked.json === undefined ? 'GET' : 'POST', path, headers = {}, json } = asked;
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: {
        host: `127.0.0.1:${port}`,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      agent: false,
    });
    sent.on('response', async (response) => {
      try {
        let text = '';
        for await (const piece of response) text += String(piece);
        const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : {};
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: parsed as RawResponse['json'],
        });
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject);
    sent.setTimeout(30_000, () => sent.destroy(new Error(`${method} ${path}: no answer`)));
    sent.end(json === undefined ? undefined : JSON.stringify(json));
  });
}
