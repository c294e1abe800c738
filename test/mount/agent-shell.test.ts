import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDrivers } from '../helpers/drivers.ts';
import { eventually } from '../helpers/eventually.ts';
import { shell, shellOutput } from '../helpers/mount-shell.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';

await describeDrivers("an agent's shell on a mount", (driver) => {
  let mount: TestMount;
  const run = (script: string, timeoutMs?: number) => shellOutput(mount.mountpoint, script, timeoutMs);

  beforeAll(async () => {
    mount = await startMount({ driver });
    await run(`mkdir resources/guide
printf '# Scheduler\\n\\nThe scheduler retries failed jobs with exponential backoff.\\n' > resources/guide/scheduler.md
printf '# Colours\\n\\nThe palette is teal and ochre.\\n' > resources/guide/colours.md`);
  }, 60_000);
  afterAll(() => mount?.close());

  it('sees the namespace', async () => {
    expect(await run('ls')).toBe('resources\nsession\nuser');
    expect(await run('ls -A')).toContain('.viking');
    expect(await run('readlink session')).toBe('user/alice/sessions');
    expect(await run('ls user/memories/ > /dev/null && cd user && ls')).toContain('alice');
    expect(await run('cat .viking/help')).toContain('messages.jsonl');
    expect(
      await run('cat .viking/status | python3 -c "import json,sys; print(json.load(sys.stdin)[\'user\'])"'),
    ).toBe('alice');
  });

  it('reads layers by name at once', async () => {
    expect(await run('cat resources/guide/.overview.md')).toContain('scheduler.md');
    expect((await run('cat resources/guide/.abstract.md')).length).toBeGreaterThan(10);
    const sizes = await run(
      'stat -c %s resources/guide/.overview.md; cat resources/guide/.overview.md | wc -c',
    );
    const [told, counted] = sizes.split(/\s+/);
    expect(told).toBe(counted);
  });

  it('keeps what is recorded of an entry with it, and forgets it with it', async () => {
    const uris = (directory: string) =>
      run(`cat resources/${directory}/.relations.json | grep -o 'viking://resources/guide' || true`);
    await run(`mkdir resources/linked
echo '[{"uri":"viking://resources/guide","reason":"see also"}]' > resources/linked/.relations.json`);
    expect(await uris('linked')).toBe('viking://resources/guide');
    await run('mv resources/linked resources/moved');
    await eventually(async () => (await uris('moved')) !== '', { what: 'relations followed the move' });
    await run('rmdir resources/moved');
    await eventually(
      async () => {
        await run('mkdir resources/moved');
        const found = await uris('moved');
        await run('rmdir resources/moved');
        return found === '';
      },
      { what: 'relations went with the directory', timeoutMs: 15_000, intervalMs: 700 },
    );
  });

  it('asks by path', async () => {
    await eventually(
      async () =>
        (await run('ls "resources/.find/how are failed jobs retried"')).startsWith('01-scheduler.md'),
      { what: 'the answering file is first', timeoutMs: 15_000, intervalMs: 200 },
    );
    expect(await run('cat "resources/.find/how are failed jobs retried/01-scheduler.md"')).toContain(
      'backoff',
    );
    expect(await run('cat "resources/.find/how are failed jobs retried/results.md"')).toContain(
      'guide/scheduler.md',
    );
    expect(await run('grep -l backoff "resources/.find/how are failed jobs retried/"*')).toContain(
      '01-scheduler.md',
    );
    expect(await run('readlink -e "resources/.find/how are failed jobs retried/01-scheduler.md"')).toBe(
      join(mount.mountpoint, 'resources/guide/scheduler.md'),
    );
  });

  it('asks by writing to .viking/find and reading the same open file', async () => {
    expect(await run('exec 3<>.viking/find; echo "how are failed jobs retried" >&3; cat <&3')).toContain(
      'guide/scheduler.md',
    );
    expect(await run('echo "which colours" > .viking/find; cat .viking/find')).toContain('which colours');
    // Each round goes on where the last one was read to, and a pause changes nothing.
    const rounds = await run(`exec 3<>.viking/find; echo "how are failed jobs retried" >&3; sleep 0.4; cat <&3
echo ===; echo "teal palette" >&3; sleep 1.2; cat <&3`);
    const [first = '', second = ''] = rounds.split('===');
    expect(first).toMatch(/^# how are failed jobs retried/);
    expect(second.trimStart()).toMatch(/^# teal palette/);
    expect(second).toContain('guide/colours.md');
    expect(second).not.toContain('how are failed jobs');
    if (driver === 'fuse-native') return; // the kernel's pages of the file are one process's or the other's
    const both = await run(`true
(exec 3<>.viking/find; echo "failed jobs" >&3; sleep 0.3; cat <&3) > /tmp/$$.1 &
(exec 3<>.viking/find; echo "teal ochre" >&3; sleep 0.3; cat <&3) > /tmp/$$.2; wait; for n in 1 2; do head -n 1 /tmp/$$.$n; done; rm /tmp/$$.[12]`);
    expect(both).toBe('# failed jobs\n# teal ochre');
  });

  it('pins a description with echo and unpins it with rm', async () => {
    await run('echo "All about colours" > resources/guide/.abstract.md');
    expect(await run('cat resources/guide/.abstract.md')).toBe('All about colours');
    expect(await readFile(join(mount.contentDir, 'default/resources/guide/.abstract.md'), 'utf8')).toContain(
      'colours',
    );
    await run('rm resources/guide/.abstract.md');
    expect(await run('cat resources/guide/.abstract.md')).not.toBe('All about colours');
  });

  it('keeps a session with mkdir, echo and cat', async () => {
    const out = await run(`mkdir session/chat
echo '{"role":"user","content":"I prefer tabs over spaces."}' >> session/chat/messages.jsonl
echo '{"role":"assistant","content":"Noted."}' >> session/chat/messages.jsonl
echo > session/chat/.commit
cat session/chat/.commit`);
    expect(JSON.parse(out)).toMatchObject({ session_id: 'chat', archived: 2 });
    expect(await run('cat session/chat/history/archive_001/messages.jsonl')).toContain('tabs over spaces');
    await eventually(async () => (await run('cat user/memories/preferences/*.md')).includes('tabs'), {
      what: 'the preference is a memory',
      timeoutMs: 10_000,
    });
  });

  // The kernel divides a write at a page that it has not cached whole; half a line is not a message.
  it('appends messages of any length wherever they come to lie, by one process and by many', async () => {
    const writer = `import json, os
fd = os.open('session/pages/messages.jsonl', os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for n in range(60):
    line = json.dumps({'role': 'user', 'content': f'{n} ' + 'y' * (700 + 13 * n)}).encode() + b'\\n'
    assert os.write(fd, line) == len(line)
os.close(fd)`;
    await run(`mkdir session/pages && python3 -c "${writer}"`);
    await run(
      `for n in $(seq 60 219); do printf '{"role":"user","content":"%s a message of some words"}\\n' $n >> session/pages/messages.jsonl || exit 1; done`,
      60_000,
    );
    const kept = await run('cat session/pages/messages.jsonl');
    const said = kept.split('\n').map((line) => JSON.parse(line).parts[0].text as string);
    expect(said.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 220 }, (_, n) => n));
    expect(said[59]).toBe(`59 ${'y'.repeat(700 + 13 * 59)}`);
  }, 90_000);

  it('reads through the descriptor it appended with what is kept, not what it wrote', async () => {
    const writer = `import json, os, time
fd = os.open('session/both/messages.jsonl', os.O_RDWR | os.O_APPEND | os.O_CREAT)
line = json.dumps({'role': 'user', 'content': 'm'}).encode() + b'\\n'
def kept(count):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if os.pread(fd, 100000, 0).count(b'msg_') == count: return True
    return False
for n in range(40): os.write(fd, line)
assert kept(40)
os.write(fd, line)
assert kept(41)`;
    await run(`mkdir session/both && python3 -c "${writer}"`);
  });

  it('is told of a bad line by errno and by .viking/errors, and nothing of it is kept', async () => {
    await run('mkdir session/bad');
    const bad = await shell(mount.mountpoint, 'echo "not json" >> session/bad/messages.jsonl');
    expect(bad.code).not.toBe(0);
    expect(bad.stderr).toContain('Invalid argument');
    expect(await run('cat session/bad/messages.jsonl')).toBe('');
    expect(await run('tail -n 1 .viking/errors')).toMatch(/EINVAL .*messages\.jsonl.*not JSON/);
    const over = await shell(
      mount.mountpoint,
      `echo '{"role":"user","content":"x"}' >> session/bad/messages.jsonl
echo '{"role":"user","content":"y"}' > session/bad/messages.jsonl`,
    );
    expect(over.stderr).toContain('not permitted');
    expect(await run('cat session/bad/messages.jsonl | wc -l')).toBe('1');
  });

  it('deletes a session with rm -r', async () => {
    await run(`mkdir session/gone; echo '{"role":"user","content":"bye"}' >> session/gone/messages.jsonl
echo > session/gone/.commit; sleep 0.2; rm -r session/gone; test ! -e session/gone`);
    expect(await run('ls session')).not.toContain('gone');
  });

  it('gives twenty parallel appenders one message each', async () => {
    await run(`mkdir session/many
for i in $(seq 20); do (echo "{\\"role\\":\\"user\\",\\"content\\":\\"message $i\\"}" >> session/many/messages.jsonl) & done; wait`);
    expect(await run('wc -l < session/many/messages.jsonl')).toBe('20');
    expect(await run('grep -o "message [0-9]*" session/many/messages.jsonl | sort -u | wc -l')).toBe('20');
  });

  it('follows events with tail -f', async () => {
    const followed = run('timeout 4 tail -n 0 -f .viking/events || true', 10_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await run('echo hello > resources/guide/followed.md');
    expect(await followed).toContain('viking://resources/guide/followed.md');
  });

  it('shows changes made behind the mount', async () => {
    const behind = join(mount.contentDir, 'default/resources/guide/behind.md');
    await run('test ! -e resources/guide/behind.md');
    await writeFile(behind, 'first version');
    await eventually(async () => (await run('cat resources/guide/behind.md')) === 'first version', {
      what: 'a new file is seen',
    });
    await writeFile(behind, 'second, longer version');
    await eventually(async () => (await run('cat resources/guide/behind.md')) === 'second, longer version', {
      what: 'a changed file is seen',
    });
  });

  it('keeps git status clean in a repository whose layers are built', async () => {
    await run(`mkdir -p resources/repo/docs && cd resources/repo && git init -q . && echo '# R' > README.md && echo '# D' > docs/d.md
git add -A && git -c user.name=t -c user.email=t@example.org commit -q -m first`);
    await run('cat resources/repo/.overview.md resources/repo/docs/.abstract.md > /dev/null');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await run('git -C resources/repo status --porcelain')).toBe('');
  });

  it('copies a tree with its layers without pinning them', async () => {
    await run('cat resources/guide/.overview.md > /dev/null; cp -r resources/guide resources/guide-copy');
    const pinned = join(mount.contentDir, 'default/resources/guide-copy');
    expect(await shellOutput(pinned, 'ls -A')).not.toContain('.overview.md');
    expect(await run('diff resources/guide/scheduler.md resources/guide-copy/scheduler.md')).toBe('');
    await run('rm -r resources/guide-copy');
  });

  it('reads extended attributes', async () => {
    const value = (name: string) =>
      run(`python3 -c "import os; print(os.getxattr('resources/guide', 'user.viking.${name}').decode())"`);
    expect(await value('uri')).toBe('viking://resources/guide');
    expect(await value('type')).toBe('resource');
    expect((await value('abstract')).length).toBeGreaterThan(5);
    expect(await run(`python3 -c "import os; print(len(os.listxattr('resources/guide')) >= 6)"`)).toBe(
      'True',
    );
  });

  it('is refused what is not its own, with the errno that says so', async () => {
    const refused = async (script: string) => (await shell(mount.mountpoint, script)).stderr;
    expect(await refused('cat user/bob/profile.md')).toContain('No such file');
    expect(await refused('mkdir other')).toContain('Permission denied');
    await run('mkdir -p session/stays session/too');
    expect(await refused('mv session/stays session/other')).toContain('Permission denied');
    expect(await refused('mv -n session/stays session/other')).toContain('Permission denied');
    const exchanged = `python3 -c "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); c.renameat2(-100, b'session/stays', -100, b'session/too', 1); print(os.strerror(ctypes.get_errno()))"`;
    expect(await run(exchanged)).toBe('File exists');
    expect(await refused('rmdir user/alice/memories')).toContain('Permission denied');
    expect(await refused('mv user/alice/memories resources/m')).toContain('Permission denied');
    expect(await refused(`touch resources/${'n'.repeat(300)}`)).toContain('File name too long');
  });

  it('walks everything with find, grep -r and du', async () => {
    const found = await run(
      'find . -type f | sort | head -100; grep -rl backoff . | head; du -s . > /dev/null',
    );
    expect(found).toContain('./resources/guide/scheduler.md');
    expect(found).not.toContain('.find');
  });

  it('ends without a leaked handle', async () => {
    expect(await mount.stop()).toEqual({ ended: 'SIGTERM', leaked: 0, code: 0 });
  });
});
