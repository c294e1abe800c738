/** What an account's policy does: the worked example, as printed in its README, and changes of policy. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/isolation/', import.meta.url));
const run = promisify(execFile);

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
}, 60_000);
afterAll(() => daemon?.close());

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );
const as = (account: string, user: string, agent?: string) =>
  createClient({
    socketPath: daemon.socketPath,
    account,
    user,
    timeoutMs: 30_000,
    ...(agent === undefined ? {} : { agent }),
  });

it('is as the example shows', async () => {
  const { stdout } = await run(
    process.execPath,
    ['-C', 'vikingfs-source', '--import', import.meta.resolve('tsx'), join(EXAMPLE, 'run.mjs')],
    { env: { ...daemon.env }, timeout: 60_000 },
  );
  const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('|'));
  expect(rows(stdout)).toEqual(rows(readFileSync(join(EXAMPLE, 'README.md'), 'utf8')));
  expect(rows(stdout)).toHaveLength(14);
}, 90_000);

describe('a change of policy', () => {
  it('is refused while it would put data out of sight, and loses nothing', async () => {
    const { admin } = daemon.client;
    await admin.createAccount({
      account_id: 'moves',
      admin_user_id: 'ann',
      isolate_user_scope_by_agent: true,
    });
    const coder = as('moves', 'ann', 'coder');
    const uri = 'viking://user/memories/a.md';
    await coder.write(uri, 'kept', { mode: 'create' });
    expect((await coder.stat(uri)).uri).toBe('viking://user/ann@@coder/memories/a.md');
    const off = { isolate_user_scope_by_agent: false };
    expect(await code(admin.changeAccountSettings('moves', off))).toBe('FAILED_PRECONDITION');
    expect(String(await coder.read(uri))).toBe('kept');
    await coder.remove(uri);
    expect(await admin.changeAccountSettings('moves', off)).toMatchObject(off);
    await coder.write(uri, 'shared', { mode: 'create' });
    expect(String(await as('moves', 'ann', 'writer').read(uri))).toBe('shared');
  });

  it('of whose sessions are is refused while there are any, either way', async () => {
    const { admin } = daemon.client;
    await admin.createAccount({ account_id: 'talks', admin_user_id: 'ann' });
    const ann = as('talks', 'ann');
    for (const [before, after] of [
      ['user', 'account'],
      ['account', 'user'],
    ] as const) {
      await ann.addMessage('s', { role: 'user', content: before });
      expect(await code(admin.changeAccountSettings('talks', { sessions: after }))).toBe(
        'FAILED_PRECONDITION',
      );
      expect((await ann.session('s')).message_count).toBe(1);
      await ann.deleteSession('s');
      expect(await admin.changeAccountSettings('talks', { sessions: after })).toMatchObject({
        sessions: after,
      });
    }
  });
});

describe('a space', () => {
  it('is nobody else’s, however it is named', async () => {
    await daemon.client.admin.createAccount({
      account_id: 'named',
      admin_user_id: 'ann',
      isolate_user_scope_by_agent: true,
      isolate_agent_scope_by_user: true,
    });
    await as('named', 'ann', 'coder').write('viking://user/memories/a.md', 'x', { mode: 'create' });
    const uri = 'viking://user/ann@@coder/memories/a.md';
    for (const asker of [as('named', 'ann'), as('named', 'ann', 'writer'), as('named', 'bob', 'coder')])
      expect(await code(asker.read(uri))).toBe('PERMISSION_DENIED');
    expect(await code(as('named', 'ann@@coder').status())).toBe('INVALID_ARGUMENT');
    expect(await code(as('named', 'ann', '@coder').status())).toBe('INVALID_ARGUMENT');
    expect(await code(as('named', 'ann', 'a@@b').status())).toBe('INVALID_ARGUMENT');
    expect(await code(daemon.client.admin.createUser('named', { user_id: 'ann@@coder' }))).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it('goes with its user', async () => {
    const { admin } = daemon.client;
    await admin.createUser('named', { user_id: 'eve' });
    const uri = 'viking://user/memories/a.md';
    const eve = as('named', 'eve', 'coder');
    await eve.write(uri, 'x', { mode: 'create' });
    const { task_id } = await admin.deleteUser('named', 'eve');
    await daemon.client.wait(30);
    expect((await daemon.client.task(task_id)).status).toBe('completed');
    await admin.createUser('named', { user_id: 'eve' });
    expect(await code(eve.read(uri))).toBe('NOT_FOUND');
  });
});
