/** WebDAV on the daemon's own TCP listener: who is let in, and as whom. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { tcpPortOf } from '../helpers/tcp-http.ts';

const ROOT_KEY = 'root-key-of-this-test-0123456789';

let daemon: TestDaemon;
let base: string;
let key: string;

beforeAll(async () => {
  daemon = await startTestDaemon({ env: { VIKINGFS_HTTP: '127.0.0.1:0', VIKINGFS_ROOT_KEY: ROOT_KEY } });
  base = `http://127.0.0.1:${await tcpPortOf(daemon)}`;
  const made = await fetch(`${base}/api/v1/admin/accounts`, {
    method: 'POST',
    headers: { 'x-api-key': ROOT_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ account_id: 'acme', admin_user_id: 'ann' }),
  });
  key = ((await made.json()) as { result: { user_key: string } }).result.user_key;
});
afterAll(() => daemon?.close());

function ask(path: string, authorization: string | undefined, init: RequestInit = {}): Promise<Response> {
  const headers = { depth: '1', ...(authorization === undefined ? {} : { authorization }) };
  return fetch(`${base}/webdav/${path}`, {
    method: 'PROPFIND',
    ...init,
    headers: { ...headers, ...init.headers },
  });
}

const basic = (password: string): string => `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`;

it('asks for a key, and takes it as a password or as a token', async () => {
  const refused = await ask('', undefined);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('Basic');
  expect((await ask('', basic('wrong'))).status).toBe(401);
  for (const authorization of [basic(key), `Bearer ${key}`]) {
    const answer = await ask('user/', authorization);
    expect(answer.status).toBe(207);
    expect(await answer.text()).toContain('/webdav/user/ann/');
  }
});

it('shows the tree of the account and the user of the key, and of no other', async () => {
  await daemon.client.write('viking://resources/of-the-owner.md', 'x');
  expect(await (await ask('resources/', basic(key))).text()).not.toContain('of-the-owner');
  const put = await ask('resources/mine.md', basic(key), { method: 'PUT', body: 'mine' });
  expect(put.status).toBe(201);
  await expect(daemon.client.stat('viking://resources/mine.md')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const got = await ask('resources/mine.md', basic(key), { method: 'GET' });
  expect(await got.text()).toBe('mine');
});
