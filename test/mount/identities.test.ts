/** Several identities mounted by one daemon: what is not theirs is absent from each mount, whatever asks for it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { runCli } from '../helpers/cli.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { describeDriver } from '../helpers/drivers.ts';
import { shell, shellOutput } from '../helpers/mount-shell.ts';

const SECRET = 'xylophone';
let daemon: TestDaemon;
/** Mountpoints, by whose they are. */
const at: Record<'ann' | 'bob' | 'coder', string> = { ann: '', bob: '', coder: '' };

await describeDriver('several identities', 'kernel', () => {
  beforeAll(async () => {
    daemon = await startTestDaemon();
    const { admin } = daemon.client;
    await admin.createAccount({
      account_id: 'acme',
      admin_user_id: 'ann',
      sessions: 'account',
      isolate_user_scope_by_agent: true,
    });
    await admin.createUser('acme', { user_id: 'bob' });
    for (const [name, who] of [
      ['ann', { user: 'ann' }],
      ['bob', { user: 'bob' }],
      ['coder', { user: 'ann', agent: 'coder' }],
    ] as const) {
      at[name] = join(daemon.dir, name);
      await mkdir(at[name]);
      const client = createClient({ socketPath: daemon.socketPath, account: 'acme', ...who });
      const mounted = await client.mount({ mountpoint: at[name], driver: 'kernel' });
      expect(mounted).toMatchObject({ account: 'acme', agent: null, ...who });
      if (name !== 'bob')
        await client.write('viking://user/memories/secret.md', `${SECRET} of ${name}`, { mode: 'create' });
    }
    await daemon.client.wait(30);
  }, 60_000);
  afterAll(() => daemon?.close());

  it.each([
    'user/ann',
    'user/ann/memories',
    'user/ann/memories/secret.md',
    'user/ann/memories/none.md',
    'user/ann@@coder',
    'user/ann@@coder/memories/secret.md',
    'user/@@coder',
    'user/nobody',
    'user/nobody/memories/secret.md',
  ])('%s is absent for bob, and nothing can be made there', async (path) => {
    const script = [
      `stat ${path}`,
      `cat ${path}`,
      `ls ${path}`,
      `ls ${path}/.find/${SECRET}`,
      `cat ${path}/.abstract.md`,
    ];
    for (const one of script) {
      const { code, stderr, stdout } = await shell(at.bob, one);
      expect([code === 0, stdout], one).toEqual([false, '']);
      expect(stderr, one).toMatch(/No such file or directory/);
    }
    for (const one of [
      `mkdir -p ${path}`,
      `echo x > ${path}`,
      `ln -s x ${path}`,
      `cp -r resources ${path}`,
      `mv user/bob/memories ${path}`,
    ])
      expect((await shell(at.bob, one)).code, one).not.toBe(0);
  });

  it('nothing that lists, searches or tells shows what is another’s', async () => {
    expect((await shellOutput(at.bob, 'ls user')).split('\n').sort()).toEqual(
      ['bob', 'memories', 'peers', 'resources', 'sessions', 'skills'].sort(),
    );
    for (const script of [
      `find . -name 'secret*' -o -name 'ann*'`,
      `grep -r --exclude-dir=.viking ${SECRET} resources user session || true`,
      `ls .find/${SECRET} | grep -v results.md || true`,
      `grep -i secret .find/${SECRET}/results.md || true`,
      `timeout 5 head -c 100000 .viking/events | grep -e ann -e secret || true`,
      `grep -e memories/secret .viking/errors || true`,
    ])
      expect(await shellOutput(at.bob, script, 30_000), script).toBe('');
  });

  it('an agent that is kept apart has a tree of its own', async () => {
    expect(await shellOutput(at.coder, 'cat user/memories/secret.md')).toBe(`${SECRET} of coder`);
    expect(await shellOutput(at.ann, 'cat user/memories/secret.md')).toBe(`${SECRET} of ann`);
    expect((await shellOutput(at.coder, 'ls user')).split('\n')).toEqual(
      expect.arrayContaining(['@@coder', 'ann@@coder']),
    );
    expect(await shellOutput(at.coder, 'readlink user/skills "~"')).toBe('@@coder/skills\nuser/ann@@coder');
    expect(await shellOutput(at.coder, 'ls user/@@coder')).toBe('skills');
    await shellOutput(at.coder, 'mkdir user/skills/s && echo text > user/skills/s/SKILL.md');
    expect((await shell(at.coder, 'mkdir user/@@coder/memories')).code).not.toBe(0);
    expect((await shell(at.coder, 'rmdir user/@@coder/skills')).code).not.toBe(0);
    expect((await shell(at.coder, 'ls user/ann')).stderr).toContain('No such file');
    expect((await shell(at.ann, 'ls user/ann@@coder user/@@coder')).stdout).toBe('');
  });

  it('sessions are the account’s: one writes, the other reads, and each speaks as themselves', async () => {
    const say = (content: string, more = '') =>
      `echo '{"role":"user","content":"${content}"${more}}' >> session/talk/messages.jsonl`;
    expect(await shellOutput(at.ann, 'readlink user/sessions user/ann/sessions; stat -c %F session')).toBe(
      '../session\n../../session\ndirectory',
    );
    await shellOutput(at.ann, `mkdir user/sessions/talk && ${say('I prefer tea.')}`);
    await shellOutput(at.bob, say('I prefer coffee.'));
    expect((await shell(at.bob, say('I prefer ink.', ',"role_id":"ann"'))).code).not.toBe(0);
    const lines = (await shellOutput(at.ann, 'cat session/talk/messages.jsonl')).split('\n');
    const said = lines.map((line) => JSON.parse(line) as { role_id: string });
    expect(said.map(({ role_id }) => role_id)).toEqual(['ann', 'bob']);
    await shellOutput(at.bob, 'echo now > session/talk/.commit');
    await daemon.client.wait(30);
    const meta = await shellOutput(at.coder, 'cat user/ann@@coder/sessions/talk/.meta.json');
    expect(JSON.parse(meta)).toMatchObject({ uri: 'viking://session/talk', participants: ['ann', 'bob'] });
    expect(await shellOutput(at.bob, 'grep -rl coffee user/bob/memories')).toContain('preferences');
    expect(await shellOutput(at.bob, 'grep -rl tea user/bob/memories || true')).toBe('');
    expect(await shellOutput(at.ann, 'grep -rl tea user/ann/memories')).toContain('preferences');
    expect(
      await shellOutput(at.bob, 'grep -r preferences/ session/talk/history/*/memory_diff.json || true'),
    ).toBe('');
    await shellOutput(at.ann, 'rm -r session/talk');
    expect(await shellOutput(at.bob, 'ls session')).toBe('');
  });

  it('a policy does not change under a mount', async () => {
    await expect(
      daemon.client.admin.changeAccountSettings('acme', { isolate_agent_scope_by_user: true }),
    ).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('the command line meets the same walls, and a path in another’s mount is not taken for one’s own', async () => {
    const bob = ['--account', 'acme', '--user', 'bob'];
    for (const args of [
      ['read', 'viking://user/ann/memories/secret.md'],
      ['read', 'viking://user/ann/memories/none.md'],
      ['ls', 'viking://user/nobody'],
    ]) {
      const { code, stderr } = await runCli([...bob, ...args], { env: daemon.env });
      expect(code, args.join(' ')).not.toBe(0);
      expect(stderr).toContain('not yours');
    }
    const path = join(at.coder, 'user/memories/secret.md');
    const refused = await runCli([...bob, 'read', path], { env: daemon.env });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('--account acme --user ann --agent coder');
    const own = ['--account', 'acme', '--user', 'ann', '--agent', 'coder', 'read', path];
    expect((await runCli(own, { env: daemon.env })).stdout.trim()).toBe(`${SECRET} of coder`);
  }, 90_000);
});
