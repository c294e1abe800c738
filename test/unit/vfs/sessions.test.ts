import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Vfs } from '../../../src/vfs/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat, echo, echoAppend, errnoFrom, exists, ls, removeTree } from '../../helpers/vfs-files.ts';

const SESSIONS = '/user/alice/sessions';

function line(text: string, role = 'user'): string {
  return `${JSON.stringify({ role, content: text })}\n`;
}

describe('sessions as files', () => {
  let test: TestCore;
  let vfs: Vfs;
  let made = 0;

  beforeAll(async () => {
    test = await testCore();
    vfs = test.vfs();
  });
  afterAll(() => test.close());

  async function session(): Promise<{ id: string; dir: string; messages: string }> {
    made += 1;
    const id = `talk-${made}`;
    await vfs.mkdir(`${SESSIONS}/${id}`, 0o755);
    return { id, dir: `${SESSIONS}/${id}`, messages: `${SESSIONS}/${id}/messages.jsonl` };
  }

  async function contents(id: string): Promise<string[]> {
    const { messages } = await test.core.sessions.context(test.principal, id, 10_000_000);
    return messages.map((message) =>
      message.parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    );
  }

  describe('a session', () => {
    it('is made by mkdir and is there for every door', async () => {
      const { id, dir } = await session();
      expect((await test.core.sessions.get(test.principal, id)).session_id).toBe(id);
      expect(await ls(vfs, SESSIONS)).toContain(id);
      const names = await ls(vfs, dir);
      expect(names).toEqual(expect.arrayContaining(['.commit', 'messages.jsonl']));
      expect(await cat(vfs, `${dir}/messages.jsonl`)).toBe('');
      expect(JSON.parse(await cat(vfs, `${dir}/.meta.json`))).toMatchObject({ session_id: id });
      expect(await errnoFrom(vfs.mkdir(dir, 0o755))).toBe('EEXIST');
    });

    it.each([' bad name', 'what?', '.find', 'x'.repeat(241)])(
      'is not made under the name %j',
      async (name) => {
        expect(await errnoFrom(vfs.mkdir(`${SESSIONS}/${name}`, 0o755))).toMatch(/EINVAL|EEXIST/);
      },
    );

    it('holds nothing of the caller', async () => {
      const { dir } = await session();
      expect(await errnoFrom(vfs.create(`${dir}/note.md`, 0o101, 0o644))).toBe('EACCES');
      expect(await errnoFrom(vfs.mkdir(`${dir}/sub`, 0o755))).toBe('EACCES');
      expect(await errnoFrom(vfs.symlink('x', `${dir}/l`))).toBe('EACCES');
      expect(await errnoFrom(vfs.open(`${dir}/.meta.json`, 0o1))).toBe('EACCES');
      expect(await errnoFrom(echo(vfs, `${dir}/.abstract.md`, 'mine'))).toBe('EACCES');
      expect(await errnoFrom(vfs.create(`${SESSIONS}/file`, 0o101, 0o644))).toBe('EACCES');
      await echo(vfs, '/resources/outside.md', 'x');
      expect(await errnoFrom(vfs.rename('/resources/outside.md', `${dir}/inside.md`))).toBe('EACCES');
      expect(await errnoFrom(vfs.link('/resources/outside.md', `${dir}/inside.md`))).toBe('EPERM');
      expect(await errnoFrom(vfs.rename(dir, `${SESSIONS}/renamed`))).toBe('EACCES');
      expect(await errnoFrom(vfs.rename(dir, '/resources/taken'))).toBe('EACCES');
      expect(await cat(vfs, '/.viking/errors')).toMatch(/sessions are managed/);
    });

    it('answers to the reserved names', async () => {
      const { dir, messages } = await session();
      await echoAppend(vfs, messages, line('The deploy window is Thursday at noon.'));
      expect(await cat(vfs, `${dir}/.overview.md`)).toMatch(/\S/);
      expect(await errnoFrom(cat(vfs, `${dir}/none/.meta.json`))).toBe('ENOENT');
      expect(await ls(vfs, `${dir}/.find/when is the deploy window`)).toContain('results.md');
    });
  });

  describe('messages.jsonl', () => {
    it('takes lines as messages and shows them as kept', async () => {
      const { id, messages } = await session();
      await echoAppend(vfs, messages, line('one'));
      await echoAppend(vfs, messages, line('two', 'assistant') + line('three'));
      expect(await contents(id)).toEqual(['one', 'two', 'three']);
      const kept = (await cat(vfs, messages))
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as { role: string });
      expect(kept.map((message) => message.role)).toEqual(['user', 'assistant', 'user']);
    });

    it('takes a last line without a newline when the file is closed', async () => {
      const { id, messages } = await session();
      await echoAppend(vfs, messages, line('no newline').trim());
      expect(await contents(id)).toEqual(['no newline']);
    });

    it('takes a line in many small writes', async () => {
      const { id, messages } = await session();
      const handle = await vfs.open(messages, 0o2001);
      const text = line('in pieces') + line('and more');
      for (let at = 0; at < text.length; at += 7)
        await vfs.write(handle, Buffer.from(text.slice(at, at + 7)), at);
      await vfs.flush(handle);
      await vfs.release(handle);
      expect(await contents(id)).toEqual(['in pieces', 'and more']);
    });

    it('takes a large message in the pieces a kernel makes', async () => {
      const { id, messages } = await session();
      const text = line('x'.repeat(1_000_000));
      const handle = await vfs.open(messages, 0o2001);
      for (let at = 0; at < text.length; at += 131_072) {
        await vfs.write(handle, Buffer.from(text.slice(at, at + 131_072)), at);
      }
      await vfs.flush(handle);
      await vfs.release(handle);
      expect((await contents(id))[0]).toHaveLength(1_000_000);
    });

    it.each([
      ['not json\n', /not JSON/],
      ['{"role":"user"}\n', /./],
      ['{"role":"robot","content":"x"}\n', /role/],
      ['[1,2]\n', /./],
      ['"text"\n', /./],
      ['{"role":"user","content":"x"', /not JSON/],
    ])('refuses %j, keeps nothing of it and says why', async (bad, reason) => {
      const { id, messages } = await session();
      await echoAppend(vfs, messages, line('before'));
      const before = await cat(vfs, messages);
      expect(await errnoFrom(echoAppend(vfs, messages, bad))).toBe('EINVAL');
      if (bad.endsWith('\n'))
        expect(await errnoFrom(echoAppend(vfs, messages, line('good') + bad))).toBe('EINVAL');
      expect(await cat(vfs, messages)).toBe(before);
      expect(await contents(id)).toEqual(['before']);
      const recorded = (await cat(vfs, '/.viking/errors')).trim().split('\n').at(-1) ?? '';
      expect(recorded).toMatch(/EINVAL (write|close)/);
      expect(recorded).toMatch(reason);
    });

    it('goes on after a refused line on the same open file', async () => {
      const { id, messages } = await session();
      const handle = await vfs.open(messages, 0o2001);
      expect(await errnoFrom(vfs.write(handle, Buffer.from('nonsense\n'), 0))).toBe('EINVAL');
      await vfs.write(handle, Buffer.from(line('after')), 0);
      await vfs.flush(handle);
      await vfs.release(handle);
      expect(await contents(id)).toEqual(['after']);
    });

    it('refuses a message that is too large, with EFBIG', async () => {
      const { id, messages } = await session();
      const handle = await vfs.open(messages, 0o2001);
      const piece = Buffer.alloc(1024 * 1024, 'x');
      let answer = 'ok';
      for (let count = 0; count < 100 && answer === 'ok'; count += 1) {
        answer = await errnoFrom(vfs.write(handle, piece, count * piece.length));
      }
      expect(answer).toBe('EFBIG');
      expect(await errnoFrom(vfs.write(handle, Buffer.from(line('tail')), 0))).toBe('EFBIG');
      await vfs.flush(handle);
      await vfs.release(handle);
      expect(await contents(id)).toEqual([]);
    });

    it('is never written over or cut', async () => {
      const { id, messages } = await session();
      await echoAppend(vfs, messages, line('kept'));
      expect(await errnoFrom(vfs.truncate(messages, 0))).toBe('EPERM');
      expect(await errnoFrom(vfs.open(messages, 0o1001))).toBe('EPERM');
      const handle = await vfs.open(messages, 0o2);
      expect(await errnoFrom(vfs.write(handle, Buffer.from(line('over')), 0))).toBe('EPERM');
      expect(await errnoFrom(vfs.ftruncate(handle, 3))).toBe('EPERM');
      const { size } = await vfs.fgetattr(handle);
      await vfs.write(handle, Buffer.from(line('behind')), size);
      await vfs.flush(handle);
      await vfs.release(handle);
      expect(await contents(id)).toEqual(['kept', 'behind']);
    });

    it('loses and mixes nothing of twenty appenders', async () => {
      const { id, messages } = await session();
      await Promise.all(
        Array.from({ length: 20 }, async (_, who) => {
          for (let round = 0; round < 5; round += 1) await echoAppend(vfs, messages, line(`${who}:${round}`));
        }),
      );
      const found = await contents(id);
      expect(found).toHaveLength(100);
      expect(new Set(found).size).toBe(100);
    });
  });

  describe('.commit', () => {
    it('commits once for one write, and shows what it did', async () => {
      const { id, dir, messages } = await session();
      expect(JSON.parse(await cat(vfs, `${dir}/.commit`))).toEqual({ session_id: id, status: 'none' });
      await echoAppend(vfs, messages, line('I prefer tabs over spaces.'));
      await echo(vfs, `${dir}/.commit`, '\n');
      const shown = JSON.parse(await cat(vfs, `${dir}/.commit`)) as Record<string, unknown>;
      expect(shown).toMatchObject({ session_id: id, archived: 1 });
      expect((await test.core.sessions.get(test.principal, id)).commit_count).toBe(1);
      expect(await cat(vfs, `${dir}/history/archive_001/messages.jsonl`)).toContain('I prefer tabs');
      expect(await cat(vfs, messages)).toBe('');
    });

    it('does nothing when it is only cut, touched or opened', async () => {
      const { id, dir, messages } = await session();
      await echoAppend(vfs, messages, line('waiting'));
      await vfs.truncate(`${dir}/.commit`, 0);
      await vfs.utimens(`${dir}/.commit`, 'now', 'now');
      const handle = await vfs.open(`${dir}/.commit`, 0o1);
      await vfs.flush(handle);
      await vfs.release(handle);
      expect((await test.core.sessions.get(test.principal, id)).commit_count).toBe(0);
    });

    it('commits once though the descriptor was copied and closed twice', async () => {
      const { id, dir, messages } = await session();
      await echoAppend(vfs, messages, line('once'));
      const handle = await vfs.open(`${dir}/.commit`, 0o1);
      await vfs.write(handle, Buffer.from('go'), 0);
      await Promise.all([vfs.flush(handle), vfs.flush(handle)]);
      await vfs.release(handle);
      expect((await test.core.sessions.get(test.principal, id)).commit_count).toBe(1);
    });

    it('leaves a memory that was plainly stated', async () => {
      const { dir, messages } = await session();
      await echoAppend(vfs, messages, line('I prefer dark roast coffee in the morning.'));
      await echo(vfs, `${dir}/.commit`, '\n');
      await eventually(
        async () => {
          const names = await ls(vfs, '/user/alice/memories/preferences');
          const texts = await Promise.all(
            names.map((name) => cat(vfs, `/user/alice/memories/preferences/${name}`)),
          );
          return texts.some((text) => text.includes('dark roast'));
        },
        { what: 'the preference is a file', timeoutMs: 10_000 },
      );
    });

    it('keeps archives from being changed', async () => {
      const { dir, messages } = await session();
      await echoAppend(vfs, messages, line('archived'));
      await echo(vfs, `${dir}/.commit`, '\n');
      const archive = `${dir}/history/archive_001`;
      expect(await errnoFrom(vfs.truncate(`${archive}/messages.jsonl`, 0))).toBe('EACCES');
      expect(await errnoFrom(vfs.open(`${archive}/messages.jsonl`, 0o2))).toBe('EACCES');
      expect(await errnoFrom(vfs.rmdir(archive))).toBe('ENOTEMPTY');
      expect(await errnoFrom(vfs.rename(archive, `${dir}/history/other`))).toBe('EACCES');
    });
  });

  describe('removal', () => {
    it('rm -r deletes the session, archives and all', async () => {
      const { id, dir, messages } = await session();
      await echoAppend(vfs, messages, line('to be deleted'));
      await echo(vfs, `${dir}/.commit`, '\n');
      await test.core.system.wait(test.principal, 10_000);
      await removeTree(vfs, dir);
      expect(await exists(vfs, dir)).toBe(false);
      expect(await errnoFrom(test.core.sessions.get(test.principal, id))).toBe('ENOENT');
      expect(existsSync(join(test.core.tree.contentDir, 'default', dir))).toBe(false);
    });

    it('rmdir deletes it too', async () => {
      const { dir, messages } = await session();
      await echoAppend(vfs, messages, line('x'));
      await vfs.rmdir(dir);
      expect(await exists(vfs, dir)).toBe(false);
      expect(await errnoFrom(vfs.rmdir(dir))).toBe('ENOENT');
    });

    it('destroys nothing when only a file is unlinked, and gives it back to who goes on', async () => {
      const { id, dir, messages } = await session();
      await echoAppend(vfs, messages, line('precious'));
      await vfs.unlink(messages);
      expect(await exists(vfs, messages)).toBe(false);
      expect(await ls(vfs, dir)).not.toContain('messages.jsonl');
      const plain = join(test.core.tree.contentDir, 'default', messages);
      expect(readFileSync(plain, 'utf8')).toContain('precious');
      const handle = await vfs.open(messages, 0o2001);
      await vfs.write(handle, Buffer.from(line('still talking')), 0);
      await vfs.flush(handle);
      await vfs.release(handle);
      expect(await contents(id)).toEqual(['precious', 'still talking']);
    });

    it('makes a fresh session under a removed name', async () => {
      const { id, dir, messages } = await session();
      await echoAppend(vfs, messages, line('old'));
      await removeTree(vfs, dir);
      await vfs.mkdir(dir, 0o755);
      expect(await cat(vfs, messages)).toBe('');
      expect(await contents(id)).toEqual([]);
    });
  });
});
