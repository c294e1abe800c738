import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../../src/sessions/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { ADA, assistant, openSessionHome, type SessionHome, user } from '../../helpers/session-home.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let home: SessionHome;
beforeEach(async () => {
  temp = await tempDir();
  home = await openSessionHome(temp.path);
});
afterEach(async () => {
  await home.close();
  await temp.remove();
});

const sessionDir = (id: string): string => join(temp.path, 'content/default/user/ada/sessions', id);
const liveFile = (id: string): string => join(sessionDir(id), 'messages.jsonl');

async function liveTexts(id: string): Promise<string[]> {
  const text = await readFile(liveFile(id), 'utf8');
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      (JSON.parse(line) as StoredMessage).parts.map((part) => (part.type === 'text' ? part.text : '')).join(),
    );
}

describe('create, get, list, remove', () => {
  it('makes the files of a session and answers its state', async () => {
    const made = await home.sessions.create(ADA, {
      sessionId: 's1',
      memoryPolicy: { peer: { enabled: true } },
    });
    expect(made).toMatchObject({
      session_id: 's1',
      uri: 'viking://user/ada/sessions/s1',
      user: { account_id: 'default', user_id: 'ada' },
      message_count: 0,
      commit_count: 0,
      memory_policy: { self: { enabled: true }, peer: { enabled: true }, memory_types: null },
    });
    expect((await readdir(sessionDir('s1'))).sort()).toEqual(['.meta.json', 'messages.jsonl']);
    expect(JSON.parse(await readFile(join(sessionDir('s1'), '.meta.json'), 'utf8'))).toMatchObject(made);
    expect(home.changed).toEqual(['viking://user/ada/sessions/s1']);
  });

  it('invents an id that sorts by time', async () => {
    const { session_id } = await home.sessions.create(ADA);
    expect(session_id).toMatch(/^\d{8}-\d{6}-[0-9a-f]{16}$/);
  });

  it.each([
    'a/b',
    '..',
    '',
    '.meta.json',
    '.vikingfs-x.tmp',
    ' a',
    'a ',
    'a\n',
    'e\u0301',
    'a?b',
    'x'.repeat(241),
    'a\0b',
  ])('refuses the id %j', async (sessionId) => {
    await expect(home.sessions.create(ADA, { sessionId })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(home.sessions.addMessages(ADA, sessionId, [user('x')])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it.each([
    [{ self: { enabled: true }, mood: {} }, '"mood"'],
    [{ self: { enabled: 'yes' } }, 'self.enabled'],
    [{ peer: { enabled: true, who: 'bob' } }, '"peer.who"'],
    [{ memory_types: ['preferences', 'dreams'] }, 'dreams'],
    [{ working_memory: { enabled: false } }, 'working_memory'],
    ['all', 'memory_policy'],
  ])('refuses the policy %j and makes nothing', async (memoryPolicy, named) => {
    await expect(home.sessions.create(ADA, { sessionId: 'p', memoryPolicy })).rejects.toThrow(named);
    await expect(home.sessions.get(ADA, 'p')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses an existing id, also when two ask at once', async () => {
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => home.sessions.create(ADA, { sessionId: 'same' })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(home.sessions.create(ADA, { sessionId: 'same' })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
  });

  it('lists the newest first and only sessions', async () => {
    expect(await home.sessions.list(ADA)).toEqual([]);
    for (const id of ['a', 'b', 'c']) await home.sessions.addMessages(ADA, id, [user(id)]);
    await eventually(
      async () => {
        await home.sessions.addMessages(ADA, 'a', [user('again')]);
        return (await home.sessions.list(ADA))[0]?.session_id === 'a';
      },
      { what: 'the session written last comes first' },
    );
    await writeFile(join(sessionDir('..'), 'note.txt'), 'x');
    expect((await home.sessions.list(ADA)).map(({ session_id }) => session_id).sort()).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(await home.sessions.list({ ...ADA, user: 'bob' })).toEqual([]);
  });

  it('removes everything, once', async () => {
    await home.sessions.addMessages(ADA, 'gone', [user('x')]);
    await home.sessions.remove(ADA, 'gone');
    await expect(readdir(sessionDir('gone'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(home.sessions.remove(ADA, 'gone')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(home.sessions.commit(ADA, 'gone')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(
      home.sessions.appendLines(ADA, 'gone', Buffer.from('{"role":"user","content":"x"}')),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('starts anew under a removed id', async () => {
    await home.sessions.addMessages(ADA, 're', [user('I prefer tea.')]);
    const first = await home.sessions.commit(ADA, 're');
    await home.sessions.remove(ADA, 're');
    await home.sessions.addMessages(ADA, 're', [user('I prefer coffee beans from Kenya.')]);
    const second = await home.sessions.commit(ADA, 're');
    expect(second).toMatchObject({ status: 'committed', archived: 1, memories_extracted: 1 });
    expect(second.archive_uri).toBe(first.archive_uri);
    expect(second.task_id).not.toBe(first.task_id);
  });
});

describe('adding messages', () => {
  it('makes the session and counts', async () => {
    const added = await home.sessions.addMessages(ADA, 'new', [user('12345678'), assistant('abcd')]);
    expect(added).toEqual({ session_id: 'new', message_count: 2, pending_tokens: 3, added: 2 });
    expect(await liveTexts('new')).toEqual(['12345678', 'abcd']);
    expect(await home.sessions.get(ADA, 'new')).toMatchObject({
      message_count: 2,
      pending_tokens: 3,
      total_message_count: 2,
    });
  });

  it('adds nothing of a call with one bad message', async () => {
    await home.sessions.addMessages(ADA, 's', [user('kept')]);
    await expect(
      home.sessions.addMessages(ADA, 's', [user('a'), { role: 'user', contents: 'b' }]),
    ).rejects.toThrow('message 2: unknown key "contents"');
    const lines = Buffer.from('{"role":"user","content":"a"}\nnot json\n{"role":"user","content":"c"}\n');
    await expect(home.sessions.appendLines(ADA, 's', lines)).rejects.toThrow(/^line 2: not JSON/);
    expect(await liveTexts('s')).toEqual(['kept']);
  });

  it('keeps lines of the mount as messages', async () => {
    await home.sessions.create(ADA, { sessionId: 'm' });
    await home.sessions.appendLines(ADA, 'm', Buffer.from('{"role":"user","content":"hi"}\n'));
    const [line] = (await readFile(liveFile('m'), 'utf8')).split('\n');
    expect(JSON.parse(line ?? '')).toEqual({
      id: expect.stringMatching(/^msg_/) as string,
      role: 'user',
      parts: [{ type: 'text', text: 'hi' }],
      created_at: expect.stringMatching(/Z$/) as string,
    });
  });

  it('keeps 8 writers apart: every message once, whole, in order per writer', async () => {
    const writers = Array.from({ length: 8 }, (_, writer) => writer);
    await Promise.all(
      writers.map(async (writer) => {
        for (let number = 0; number < 100; number += 1) {
          await home.sessions.addMessages(ADA, 'busy', [user(`${writer}:${number}`)]);
        }
      }),
    );
    const texts = await liveTexts('busy');
    expect(texts).toHaveLength(800);
    for (const writer of writers) {
      const own = texts.filter((text) => text.startsWith(`${writer}:`));
      expect(own).toEqual(Array.from({ length: 100 }, (_, number) => `${writer}:${number}`));
    }
    const ids = new Set(
      (await readFile(liveFile('busy'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id),
    );
    expect(ids.size).toBe(800);
  });

  it('keeps messages that arrive during commits, each exactly once', async () => {
    let sent = 0;
    let isDone = false;
    const writer = async (name: string): Promise<void> => {
      for (let number = 0; number < 60; number += 1) {
        await home.sessions.addMessages(ADA, 'live', [user(`${name}${number}`)]);
        sent += 1;
      }
    };
    const committer = async (): Promise<void> => {
      while (!isDone)
        await home.sessions.commit(ADA, 'live', { waitMs: 0, keepRecent: 2 }).catch(() => undefined);
    };
    const committing = committer();
    await Promise.all([writer('a'), writer('b'), writer('c')]);
    isDone = true;
    await committing;
    await home.journal.idle();
    const history = await readdir(join(sessionDir('live'), 'history'));
    const archived: string[] = [];
    for (const name of history.sort()) {
      const text = await readFile(join(sessionDir('live'), 'history', name, 'messages.jsonl'), 'utf8');
      archived.push(
        ...text
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { id: string }).id),
      );
    }
    const live = (await readFile(liveFile('live'), 'utf8')).split('\n').filter((line) => line !== '');
    const ids = [...archived, ...live.map((line) => (JSON.parse(line) as { id: string }).id)];
    expect(ids).toHaveLength(sent);
    expect(new Set(ids).size).toBe(sent);
    expect(await home.sessions.get(ADA, 'live')).toMatchObject({
      total_message_count: sent,
      message_count: live.length,
    });
  });

  it('keeps large tool outputs aside, once, under any tool id', async () => {
    const output = `${'x'.repeat(1_999)}😀${'y'.repeat(30_000)}`;
    const tool = (tool_id: string, tool_output: string): object => ({
      role: 'assistant',
      parts: [{ type: 'tool', tool_id, tool_name: 'sh', tool_output }],
    });
    await home.sessions.addMessages(ADA, 't', [
      tool('call-1', output),
      tool('call-1', output),
      tool('../evil', output),
    ]);
    await home.sessions.addMessages(ADA, 't', [tool('call-1', `${output}!`), tool('small', 'short')]);
    const names = (await readdir(join(sessionDir('t'), 'tools'))).sort();
    expect(names).toHaveLength(3);
    expect(names[0]).toBe('call-1');
    expect(names[1]).toMatch(/^call-1-[0-9a-f]{12}$/);
    expect(names[2]).toMatch(/^tool-[0-9a-f]{24}$/);
    const kept = JSON.parse(
      await readFile(join(sessionDir('t'), 'tools/call-1/tool.json'), 'utf8'),
    ) as object;
    expect(kept).toMatchObject({ tool_id: 'call-1', tool_name: 'sh', tool_output: output });
    const { messages } = await home.sessions.context(ADA, 't', 100_000);
    expect(messages[0]?.parts[0]).toMatchObject({
      tool_output: 'x'.repeat(1_999),
      tool_output_ref: 'tools/call-1/tool.json',
      tool_output_truncated: true,
      tool_output_original_chars: output.length,
      tool_output_storage_uri: 'viking://user/ada/sessions/t/tools/call-1/tool.json',
    });
    expect(messages.at(-1)?.parts[0]).toMatchObject({ tool_output: 'short' });
  });

  it('refuses what is too large and stays as it was', async () => {
    await home.sessions.addMessages(ADA, 'big', [user('first')]);
    const huge = Buffer.from(`{"role":"user","content":"${'x'.repeat(9 * 1024 * 1024)}"}\n`);
    await expect(home.sessions.appendLines(ADA, 'big', huge)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    const output = 'x'.repeat(9 * 1024 * 1024);
    const tool = { role: 'assistant', parts: [{ type: 'tool', tool_id: 't', tool_output: output }] };
    await expect(home.sessions.addMessages(ADA, 'big', [tool])).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(await liveTexts('big')).toEqual(['first']);
    await expect(readdir(join(sessionDir('big'), 'tools'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('files others touched', () => {
  async function reopen(): Promise<void> {
    await home.close();
    home = await openSessionHome(temp.path);
  }
  const asides = async (id: string, part: string): Promise<string[]> =>
    (await readdir(sessionDir(id))).filter((name) => name.includes(part));

  it('moves a torn last line aside and keeps the rest', async () => {
    await home.sessions.addMessages(ADA, 'torn', [user('whole')]);
    await appendFile(liveFile('torn'), '{"id":"msg_1","role":"user","par');
    await reopen();
    await home.sessions.addMessages(ADA, 'torn', [user('after')]);
    expect(await liveTexts('torn')).toEqual(['whole', 'after']);
    const [aside] = await asides('torn', '.torn-');
    expect(await readFile(join(sessionDir('torn'), aside ?? ''), 'utf8')).toBe(
      '{"id":"msg_1","role":"user","par',
    );
  });

  it('sees the torn line of another process without being reopened', async () => {
    await home.sessions.addMessages(ADA, 'torn2', [user('whole')]);
    await appendFile(liveFile('torn2'), '{"id":');
    await home.sessions.addMessages(ADA, 'torn2', [user('after')]);
    expect(await liveTexts('torn2')).toEqual(['whole', 'after']);
    expect(await asides('torn2', '.torn-')).toHaveLength(1);
  });

  it('adopts lines written into the file from outside, and moves what is no message aside', async () => {
    await home.sessions.addMessages(ADA, 'mixed', [user('one')]);
    await appendFile(
      liveFile('mixed'),
      '{"role":"user","content":"two"}\n# a comment\n{"role":"assistant","content":"three"}',
    );
    expect(await home.sessions.get(ADA, 'mixed')).toMatchObject({ message_count: 3 });
    expect(await liveTexts('mixed')).toEqual(['one', 'two', 'three']);
    const [aside] = await asides('mixed', '.bad-');
    expect(await readFile(join(sessionDir('mixed'), aside ?? ''), 'utf8')).toBe('# a comment\n');
  });

  it('counts a session again when its state is damaged, and keeps the damaged file', async () => {
    await home.sessions.addMessages(ADA, 'c', [user('I prefer tea.'), user('two')]);
    await home.sessions.commit(ADA, 'c', { keepRecent: 1 });
    const before = await home.sessions.get(ADA, 'c');
    await writeFile(join(sessionDir('c'), '.meta.json'), '{"session_id": "c", "mess');
    const after = await home.sessions.get(ADA, 'c');
    expect(after).toMatchObject({
      message_count: 1,
      total_message_count: 2,
      commit_count: 1,
      memories_extracted: { preferences: 1, total: 1 },
      last_commit_at: before.last_commit_at,
      last_message_at: before.last_message_at,
    });
    expect(await asides('c', '.corrupt-')).toHaveLength(1);
    const again = await home.sessions.commit(ADA, 'c');
    expect(again.archive_uri).toBe('viking://user/ada/sessions/c/history/archive_002');
  });

  it('takes a bare directory, as mkdir behind the mount leaves it, for a session', async () => {
    await mkdir(sessionDir('bare'), { recursive: true });
    expect(await home.sessions.get(ADA, 'bare')).toMatchObject({ session_id: 'bare', message_count: 0 });
    await home.sessions.appendLines(ADA, 'bare', Buffer.from('{"role":"user","content":"x"}\n'));
    expect(await liveTexts('bare')).toEqual(['x']);
  });

  it('lets .meta.json follow the messages a little later', async () => {
    await home.sessions.addMessages(ADA, 'late', [user('a'), user('b')]);
    await eventually(
      async () => {
        const meta = JSON.parse(await readFile(join(sessionDir('late'), '.meta.json'), 'utf8')) as {
          message_count: number;
        };
        return meta.message_count === 2;
      },
      { what: 'the state file follows' },
    );
  });
});
