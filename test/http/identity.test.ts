import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { runCli } from '../helpers/cli.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { eventually } from '../helpers/eventually.ts';
import type { RawResponse } from '../helpers/raw-http.ts';
import { tcpPortOf, tcpRequest } from '../helpers/tcp-http.ts';

const ROOT = 'root-key-of-the-test';

let daemon: TestDaemon;
let port: number;

beforeAll(async () => {
  daemon = await startTestDaemon({ env: { VIKINGFS_HTTP: '127.0.0.1:0', VIKINGFS_ROOT_KEY: ROOT } });
  port = await tcpPortOf(daemon);
}, 60_000);
afterAll(() => daemon?.close());

type Asked = Parameters<typeof tcpRequest>[1];
const as = (key: string, asked: Asked): Promise<RawResponse> =>
  tcpRequest(port, { ...asked, headers: { 'x-api-key': key, ...asked.headers } });
const result = (answer: RawResponse) => answer.json.result as Record<string, never>;
const code = (answer: RawResponse) => answer.json.error?.code;
const ls = (uri: string) => `/api/v1/fs/ls?uri=${encodeURIComponent(uri)}`;
const ACCOUNTS = '/api/v1/admin/accounts';

async function newAccount(id: string, admin = 'ann'): Promise<string> {
  const made = await as(ROOT, { path: ACCOUNTS, json: { account_id: id, admin_user_id: admin, seed: null } });
  expect(made.status).toBe(200);
  return result(made)['user_key']!;
}

describe('a caller over TCP', () => {
  it('needs a key', async () => {
    const answer = await tcpRequest(port, { path: ls('viking://') });
    expect(answer.status).toBe(401);
    expect(code(answer)).toBe('UNAUTHENTICATED');
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  it.each(['nonsense', `${ROOT}x`, 'YQ.YQ.YQ', '0'.repeat(64), 'é'.repeat(9)])(
    'is not known by %j',
    async (key) => {
      const headers = { 'x-api-key': Buffer.from(key).toString('latin1') };
      expect((await tcpRequest(port, { path: ls('viking://'), headers })).status).toBe(401);
    },
  );

  it('asks after health without one, and learns nothing of identities', async () => {
    const { json } = await tcpRequest(port, { path: '/health' });
    expect(json).toMatchObject({ status: 'ok', healthy: true, auth_mode: 'api_key' });
    expect(json).not.toHaveProperty('user_id');
    expect((await tcpRequest(port, { path: '/ready' })).status).toBe(200);
  });

  it('works on its own tree with its key, however it is sent', async () => {
    const key = await newAccount('own');
    const json = { uri: 'viking://user/memories/a.md', content: 'mine', mode: 'create' };
    expect((await as(key, { path: '/api/v1/content/write', json })).status).toBe(200);
    for (const headers of [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
      { authorization: `Basic ${Buffer.from(`any:${key}`).toString('base64')}` },
    ]) {
      const read = await tcpRequest(port, {
        path: '/api/v1/content/read?uri=viking://~/memories/a.md',
        headers,
      });
      expect([read.status, read.json.result]).toEqual([200, 'mine']);
    }
    const health = await as(key, { path: '/health' });
    expect(health.json).toMatchObject({ account_id: 'own', user_id: 'ann', role: 'admin' });
  });

  it('cannot choose an identity by header', async () => {
    const key = await newAccount('chosen');
    const headers = {
      'x-openviking-account': 'default',
      'x-openviking-user': 'tester',
      'x-openviking-role': 'root',
    };
    const status = await as(key, { path: '/api/v1/system/status', headers });
    expect(result(status)).toMatchObject({ user: 'ann', account: 'chosen' });
  });

  it.each([
    ['x-openviking-actor-peer', 'a/b'],
    ['x-openviking-actor-peer', '..'],
    ['x-openviking-agent', '../x'],
  ])('is refused with %s: %s', async (name, value) => {
    const key = await newAccount(`bad-${name.slice(-5)}-${value.length}${value.codePointAt(0)}`);
    expect((await as(key, { path: ls('viking://'), headers: { [name]: value } })).status).toBe(400);
  });

  it('does not mount, unmount or stop', async () => {
    const key = await newAccount('far');
    for (const [method, path] of [
      ['POST', '/api/v1/system/stop'],
      ['GET', '/api/v1/system/mounts'],
      ['POST', '/api/v1/system/mounts'],
      ['DELETE', '/api/v1/system/mounts'],
    ] as const)
      expect((await as(key, { method, path })).status, path).toBe(403);
  });

  it.each([
    ['Origin', { origin: 'https://evil.example' }],
    ['Origin', { origin: 'null' }],
    ['Referer', { referer: 'https://evil.example/page' }],
  ])('is refused from another site: %s %j', async (_name, headers) => {
    const answer = await tcpRequest(port, { path: '/health', headers });
    expect(answer.status).toBe(403);
    expect(code(answer)).toBe('PERMISSION_DENIED');
  });
});

describe('the root key', () => {
  it('administers and has no data', async () => {
    expect((await as(ROOT, { path: ACCOUNTS })).status).toBe(200);
    expect((await as(ROOT, { path: '/api/v1/system/status' })).status).toBe(200);
    expect((await as(ROOT, { path: '/api/v1/tasks' })).status).toBe(200);
    for (const path of [ls('viking://'), '/api/v1/sessions', '/api/v1/relations?uri=viking://resources'])
      expect((await as(ROOT, { path })).status, path).toBe(403);
  });
});

describe('administration', () => {
  it('of accounts is for root, of users for their admins', async () => {
    const ann = await newAccount('adm');
    await newAccount('adm2');
    const made = await as(ann, { path: `${ACCOUNTS}/adm/users`, json: { user_id: 'bob' } });
    expect(result(made)).toMatchObject({ account_id: 'adm', user_id: 'bob' });
    const bob = result(made)['user_key']!;
    expect((await as(ann, { path: ACCOUNTS })).status).toBe(403);
    expect((await as(ann, { path: `${ACCOUNTS}/adm2/users` })).status).toBe(403);
    expect((await as(ann, { path: `${ACCOUNTS}/missing/users` })).status).toBe(403);
    expect((await as(bob, { path: `${ACCOUNTS}/adm/users` })).status).toBe(403);
    expect((await as(ROOT, { path: `${ACCOUNTS}/missing/users` })).status).toBe(404);
    const users = (await as(ann, { path: `${ACCOUNTS}/adm/users?limit=10&role=user` })).json.result;
    expect(users).toEqual([expect.objectContaining({ user_id: 'bob', role: 'user' })]);
    expect(JSON.stringify(users)).not.toContain(bob);
  });

  it('refuses what cannot be an id, what exists, and unknown keys of a body', async () => {
    await newAccount('strict');
    const users = `${ACCOUNTS}/strict/users`;
    for (const user_id of ['memories', 'profile.md', '..', 'a/b', '', 'x'.repeat(129), 'a b'])
      expect((await as(ROOT, { path: users, json: { user_id } })).status, user_id).toBe(400);
    for (const account_id of ['_system', 'a/b', '.'])
      expect((await as(ROOT, { path: ACCOUNTS, json: { account_id, admin_user_id: 'a' } })).status).toBe(400);
    expect((await as(ROOT, { path: users, json: { user_id: 'ann' } })).status).toBe(409);
    expect(
      (await as(ROOT, { path: ACCOUNTS, json: { account_id: 'strict', admin_user_id: 'x' } })).status,
    ).toBe(409);
    expect((await as(ROOT, { path: users, json: { user_id: 'x', nope: 1 } })).status).toBe(400);
    expect((await as(ROOT, { path: users, json: { user_id: 'x', role: 'root' } })).status).toBe(400);
  });

  it('replaces a key at once', async () => {
    const old = await newAccount('rotate');
    expect((await as(old, { path: ls('viking://') })).status).toBe(200);
    const answer = await as(old, { method: 'POST', path: `${ACCOUNTS}/rotate/users/ann/key`, json: {} });
    const fresh = result(answer)['user_key']!;
    expect((await as(old, { path: ls('viking://') })).status).toBe(401);
    expect((await as(fresh, { path: ls('viking://') })).status).toBe(200);
  });

  it('makes the same key from the same seed', async () => {
    const json = { account_id: 'seeded', admin_user_id: 'ann', seed: 'a secret' };
    const key = result(await as(ROOT, { path: ACCOUNTS, json }))['user_key']!;
    const path = `${ACCOUNTS}/seeded/users/ann/key`;
    expect(result(await as(key, { method: 'POST', path, json: { seed: 'a secret' } }))['user_key']).toBe(key);
  });

  it('promotes, does not demote, and keeps the last admin', async () => {
    const ann = await newAccount('ranks');
    const path = `${ACCOUNTS}/ranks/users`;
    await as(ann, { path, json: { user_id: 'bob' } });
    expect((await as(ann, { method: 'DELETE', path: `${path}/ann` })).status).toBe(412);
    const promoted = await as(ann, { method: 'PUT', path: `${path}/bob/role`, json: { role: 'admin' } });
    expect(promoted.status).toBe(200);
    expect((await as(ann, { method: 'PUT', path: `${path}/bob/role`, json: { role: 'user' } })).status).toBe(
      400,
    );
    expect((await as(ann, { method: 'DELETE', path: `${path}/bob` })).status).toBe(202);
    expect((await as(ann, { method: 'DELETE', path: `${path}/ann` })).status).toBe(412);
  });

  it('removes a user: the key at once, the data by a task, nothing of others', async () => {
    const ann = await newAccount('gone');
    const path = `${ACCOUNTS}/gone/users`;
    const bob = result(await as(ann, { path, json: { user_id: 'bob' } }))['user_key']!;
    const write = (key: string, content: string) =>
      as(key, { path: '/api/v1/content/write', json: { uri: 'viking://~/memories/n.md', content } });
    await write(ann, 'of ann');
    await write(bob, 'of bob');
    const answer = await as(ann, { method: 'DELETE', path: `${path}/bob` });
    expect(answer.status).toBe(202);
    const { task_id } = result(answer);
    expect([401, 412]).toContain((await as(bob, { path: ls('viking://') })).status);
    await eventually(
      async () => result(await as(ann, { path: `/api/v1/tasks/${task_id}` }))['status'] === 'completed',
      { what: 'the removal ends' },
    );
    expect((await as(bob, { path: ls('viking://') })).status).toBe(401);
    const again = result(await as(ann, { path, json: { user_id: 'bob' } }))['user_key']!;
    expect((await as(again, { path: '/api/v1/content/read?uri=viking://~/memories/n.md' })).status).toBe(404);
    const kept = await as(ann, { path: '/api/v1/content/read?uri=viking://~/memories/n.md' });
    expect(kept.json.result).toBe('of ann');
  });

  it('deletes an account with its data', async () => {
    const ann = await newAccount('whole');
    await as(ann, {
      path: '/api/v1/content/write',
      json: { uri: 'viking://resources/r.md', content: 'shared' },
    });
    const answer = await as(ROOT, { method: 'DELETE', path: `${ACCOUNTS}/whole` });
    expect(result(answer)).toMatchObject({ deleted: true });
    expect((await as(ann, { path: ls('viking://') })).status).toBe(401);
    const next = await newAccount('whole');
    expect((await as(next, { path: '/api/v1/content/read?uri=viking://resources/r.md' })).status).toBe(404);
    expect((await as(ROOT, { method: 'DELETE', path: `${ACCOUNTS}/default` })).status).toBe(412);
  });

  it('keeps keys as hashes only, and over a restart', async () => {
    const key = await newAccount('durable');
    const secret = Buffer.from(key.split('.')[2]!, 'base64url').toString();
    const { execFileSync } = await import('node:child_process');
    const found = (text: string) =>
      execFileSync('grep', ['-rlaF', '-e', text, daemon.home, '--include=*'], { encoding: 'utf8' });
    for (const text of [key, secret]) expect(() => found(text)).toThrow();
    const other = await startTestDaemon({ env: { VIKINGFS_HTTP: '127.0.0.1:0', VIKINGFS_ROOT_KEY: ROOT } });
    try {
      const first = await tcpPortOf(other);
      const json = { account_id: 'kept', admin_user_id: 'ann' };
      const made = await tcpRequest(first, { path: ACCOUNTS, json, headers: { 'x-api-key': ROOT } });
      await other.stop();
      const again = await startTestDaemon({
        home: other.home,
        env: { VIKINGFS_HTTP: '127.0.0.1:0', VIKINGFS_ROOT_KEY: ROOT },
      });
      try {
        const headers = { 'x-api-key': result(made)['user_key']! };
        expect((await tcpRequest(await tcpPortOf(again), { path: ls('viking://'), headers })).status).toBe(
          200,
        );
      } finally {
        await again.close();
      }
    } finally {
      await other.close();
    }
  });
});

describe('the command line', () => {
  it('administers over the socket, and acts as whom it names', async () => {
    const { env } = daemon;
    const made = await runCli(['admin', 'create-account', 'cli', '--admin', 'ann', '--json'], { env });
    const key = (JSON.parse(made.stdout) as { result: { user_key: string } }).result.user_key;
    await runCli(['write', 'viking://~/memories/c.md', 'by key', '--key', key], { env });
    const read = await runCli(['read', 'viking://~/memories/c.md', '--account', 'cli', '--user', 'ann'], {
      env,
    });
    expect(read.stdout).toContain('by key');
    const listed = await runCli(['admin', 'list-users', 'cli'], { env });
    expect(listed.stdout).toContain('ann');
    const denied = await runCli(['admin', 'list-accounts', '--key', key], { env });
    expect(denied.code).toBe(6);
    const last = await runCli(['admin', 'remove-user', 'cli', 'ann'], { env });
    expect(last.code).toBe(5);
  });

  it('is refused with a key nobody has', async () => {
    const client = createClient({ socketPath: daemon.socketPath, key: 'nobody' });
    await expect(client.status()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
