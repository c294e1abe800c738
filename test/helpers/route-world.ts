import { ROUTES, type RouteName } from '../../src/api/index.ts';
import { pathOf } from '../../src/api/routes.ts';
import { startTestDaemon, type TestDaemon } from './daemon.ts';
import { type RawResponse, rawRequest } from './raw-http.ts';
import { tcpPortOf } from './tcp-http.ts';

/** `owner` comes by the socket with their uid, the others over TCP with a key; `nobody` has none, `stranger` a wrong one. */
export type Caller = 'owner' | 'root' | 'ann' | 'bob' | 'zoe' | 'nobody' | 'stranger';

export interface RouteAsk {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** A body that is not JSON, with its content type. */
  readonly body?: { readonly type: string; readonly bytes: string | Uint8Array };
  readonly headers?: Readonly<Record<string, string>>;
}

/** One daemon with two accounts: `acme` of ann (admin) and bob, `other` of zoe (admin). */
export interface RouteWorld {
  readonly daemon: TestDaemon;
  readonly port: number;
  readonly keys: Readonly<Record<'root' | 'ann' | 'bob' | 'zoe', string>>;
  ask(caller: Caller, route: RouteName, asked?: RouteAsk): Promise<RawResponse>;
  /** The result of a request that must succeed. */
  result<T = Record<string, unknown>>(caller: Caller, route: RouteName, asked?: RouteAsk): Promise<T>;
}

const ROOT = 'root-key-of-the-test';

export async function startRouteWorld(): Promise<RouteWorld> {
  const daemon = await startTestDaemon({
    env: { VIKINGFS_HTTP: '127.0.0.1:0', VIKINGFS_ROOT_KEY: ROOT, TZ: 'UTC' },
  });
  try {
    const port = await tcpPortOf(daemon);
    const { admin } = daemon.client;
    const ann = await admin.createAccount({ account_id: 'acme', admin_user_id: 'ann' });
    const bob = await admin.createUser('acme', { user_id: 'bob' });
    const zoe = await admin.createAccount({ account_id: 'other', admin_user_id: 'zoe' });
    const keys = { root: ROOT, ann: ann.user_key!, bob: bob.user_key!, zoe: zoe.user_key! };
    const ask: RouteWorld['ask'] = (caller, route, asked = {}) => {
      const { json, body } = asked;
      const bytes = json === undefined ? body?.bytes : JSON.stringify(json);
      const type = json === undefined ? body?.type : 'application/json';
      const key = caller === 'stranger' ? 'nobody-has-this' : keys[caller as keyof typeof keys];
      const query = asked.query === undefined ? '' : `?${new URLSearchParams(asked.query)}`;
      return rawRequest(caller === 'owner' ? daemon.socketPath : port, {
        method: ROUTES[route].method,
        path: pathOf(route, asked.params) + query,
        headers: {
          ...(type === undefined ? {} : { 'content-type': type }),
          ...(bytes === undefined ? {} : { 'content-length': String(Buffer.byteLength(bytes)) }),
          ...(key === undefined ? {} : { 'x-api-key': key }),
          ...asked.headers,
        },
        ...(bytes === undefined ? {} : { body: bytes }),
      });
    };
    return {
      daemon,
      port,
      keys,
      ask,
      async result<T>(caller: Caller, route: RouteName, asked?: RouteAsk) {
        const answer = await ask(caller, route, asked);
        if (answer.status >= 300) throw new Error(`${route} by ${caller}: ${answer.status} ${answer.text}`);
        return answer.json.result as T;
      },
    };
  } catch (error) {
    await daemon.close();
    throw error;
  }
}
