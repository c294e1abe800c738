/** Who a caller over TCP is in the modes without keys of users, and what must not listen or answer at all. */
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peerCredentials } from '../../src/mount/index.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { tcpPortOf, tcpRequest } from '../helpers/tcp-http.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

const LS = '/api/v1/fs/ls?uri=viking%3A%2F%2Fuser';
const HTTP = { VIKINGFS_HTTP: '127.0.0.1:0' };
const ROOT = 'root-key-of-the-test';

function daemonWith(env: Record<string, string>, config: object = {}) {
  const running = { daemon: undefined as TestDaemon | undefined, port: 0 };
  let dir: TempDir;
  beforeAll(async () => {
    dir = await tempDir();
    const file = join(dir.path, 'config.jsonc');
    await writeFile(file, JSON.stringify(config));
    running.daemon = await startTestDaemon({ env: { ...env, VIKINGFS_CONFIG: file } });
    running.port = await tcpPortOf(running.daemon);
  }, 60_000);
  afterAll(async () => {
    await running.daemon?.close();
    await dir?.remove();
  });
  return {
    ask: async (path: string, headers: Record<string, string> = {}, json?: unknown) => {
      const answer = await tcpRequest(running.port, {
        path,
        headers,
        ...(json === undefined ? {} : { json }),
      });
      return { status: answer.status, code: answer.json.error?.code, result: answer.json.result };
    },
  };
}

describe('local mode on TCP', () => {
  const { ask } = daemonWith(HTTP);

  it('is the owner of the daemon, who may name another', async () => {
    expect((await ask(LS)).status).toBe(200);
    const named = await ask('/api/v1/system/status', { 'x-openviking-user': 'eve' });
    expect(named.result).toMatchObject({ user: 'eve', account: 'default' });
  });

  it.each([
    ['another host', { host: 'evil.example' }],
    ['another host with our port', { host: 'evil.example:1933' }],
    ['a host that begins like ours', { host: 'localhost.evil.example' }],
    ['another origin', { origin: 'http://evil.example' }],
    ['another referer', { referer: 'http://evil.example/' }],
  ])('refuses a page that says %s', async (_what, headers) => {
    for (const path of ['/health', LS]) expect((await ask(path, headers)).code).toBe('PERMISSION_DENIED');
  });
});

describe('trusted mode', () => {
  const { ask } = daemonWith({ ...HTTP, VIKINGFS_ROOT_KEY: ROOT }, { auth_mode: 'trusted' });
  const gateway = { 'x-api-key': ROOT, 'x-openviking-account': 'acme', 'x-openviking-user': 'ann' };

  it('takes the word of a gateway that has the root key, and of nobody else', async () => {
    const status = await ask('/api/v1/system/status', gateway);
    expect(status.result).toMatchObject({ user: 'ann', account: 'acme' });
    const { 'x-api-key': _key, ...keyless } = gateway;
    expect((await ask(LS, keyless)).code).toBe('UNAUTHENTICATED');
    expect((await ask(LS, { ...gateway, 'x-api-key': 'guess' })).code).toBe('UNAUTHENTICATED');
  });

  it.each([
    ['no user', { 'x-openviking-user': '' }],
    ['no account', { 'x-openviking-account': '' }],
    ['a user that is a path', { 'x-openviking-user': 'a/b' }],
    ['a user that is a space', { 'x-openviking-user': 'ann@@coder' }],
    ['a reserved user', { 'x-openviking-user': 'memories' }],
    ['an account of the daemon', { 'x-openviking-account': '_system' }],
    ['the role root', { 'x-openviking-role': 'root' }],
  ])('refuses %s', async (_what, headers) => {
    expect((await ask(LS, { ...gateway, ...headers })).code).toBe('INVALID_ARGUMENT');
  });

  it('speaks for others in role_id, and opens nobody else’s tree', async () => {
    const json = { role: 'user', content: 'hello', role_id: 'bob' };
    expect((await ask('/api/v1/sessions/s/messages', gateway, json)).status).toBe(200);
    const other = await ask('/api/v1/fs/stat?uri=viking%3A%2F%2Fuser%2Fbob', gateway);
    expect(other.code).toBe('PERMISSION_DENIED');
    const rank = await ask('/api/v1/admin/accounts', gateway);
    expect(rank.code).toBe('PERMISSION_DENIED');
  });
});

it.each(['0.0.0.0:0', '[::]:0', '192.0.2.1:0'])('does not listen on %s without keys', async (address) => {
  const started = startTestDaemon({ env: { VIKINGFS_HTTP: address } });
  await started.then((daemon) => daemon.close()).catch(() => undefined);
  await expect(started).rejects.toThrow(/can be reached from other machines/);
});

describe('peer credentials', () => {
  it.skipIf(peerCredentials() === undefined)('are those of the process at the other end', async () => {
    const dir = await tempDir();
    const path = join(dir.path, 's');
    const heard = new Promise<unknown>((resolve) => {
      const server = createServer((socket) => {
        const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
        resolve(peerCredentials()!(fd));
        socket.destroy();
        server.close();
      }).listen(path, () => connect(path).on('error', () => undefined));
    });
    expect(await heard).toEqual({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() });
    await dir.remove();
  });

  it.skipIf(peerCredentials() === undefined)('are nobody’s for what is no socket', () => {
    for (const fd of [-1, 999_999]) expect(peerCredentials()!(fd)).toBeUndefined();
  });
});
