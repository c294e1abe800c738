import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExtractResult } from '../../../src/sessions/index.ts';
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

const NOTHING: ExtractResult = {
  extractor: 'rules',
  outcomes: [],
  operations: { adds: [], updates: [], deletes: [] },
};
const file = (...parts: string[]): string => join(temp.path, 'content/default/user/ada', ...parts);
const archiveFile = (id: string, number: number, name: string): string =>
  file('sessions', id, 'history', `archive_${String(number).padStart(3, '0')}`, name);
const readJson = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;

async function reopenWith(sessions: object, more: object = {}): Promise<void> {
  await home.close();
  home = await openSessionHome(temp.path, { sessions, ...more });
}

describe('commit', () => {
  it('archives, summarises, remembers and answers committed', async () => {
    await home.sessions.addMessages(ADA, 's', [
      user('Please help me choose a cache. I prefer Redis over Memcached.'),
      assistant('Redis it is. We still need to size the instance.'),
    ]);
    await home.sessions.used(ADA, 's', ['viking://resources/docs/cache.md', 'viking://user/memories/a.md']);
    const result = await home.sessions.commit(ADA, 's');
    expect(result).toEqual({
      session_id: 's',
      status: 'committed',
      archived: 2,
      archive_uri: 'viking://user/ada/sessions/s/history/archive_001',
      task_id: expect.stringMatching(/^commit_[0-9a-f]{24}$/) as string,
      memories_extracted: 1,
      active_count_updated: 2,
      estimated_active_tokens: 0,
      budget_exceeded: false,
      extractor: 'rules',
    });
    expect((await readdir(archiveFile('s', 1, '.'))).sort()).toEqual([
      '.abstract.md',
      '.done',
      '.meta.json',
      '.overview.md',
      'memory_diff.json',
      'messages.jsonl',
    ]);
    expect((await readFile(archiveFile('s', 1, 'messages.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(
      2,
    );
    expect((await stat(file('sessions/s/messages.jsonl'))).size).toBe(0);
    expect(await home.sessions.get(ADA, 's')).toMatchObject({
      message_count: 0,
      total_message_count: 2,
      pending_tokens: 0,
      commit_count: 1,
      memories_extracted: { preferences: 1, total: 1 },
      used_pending: [],
    });
    expect(await home.journal.get(result.task_id ?? '')).toMatchObject({
      kind: 'session_commit',
      lane: 'session:default/ada/s',
      state: 'completed',
      stage: 'done',
      payload: { resource_id: 's', account: 'default', user: 'ada' },
    });
    expect(await home.sessions.lastCommit(ADA, 's')).toEqual(result);
  });

  it('leaves a diff that says what changed in memories', async () => {
    await home.sessions.addMessages(ADA, 's', [user('My name is Ada.')]);
    const { archive_uri } = await home.sessions.commit(ADA, 's');
    const diff = await readJson(archiveFile('s', 1, 'memory_diff.json'));
    expect(diff).toMatchObject({
      archive_uri,
      extractor: 'rules',
      operations: {
        adds: [{ uri: 'viking://user/ada/profile.md', memory_type: 'profile' }],
        updates: [],
        deletes: [],
      },
      summary: { total_adds: 1, total_updates: 0, total_deletes: 0 },
      outcomes: [{ outcome: 'stored', memory_type: 'profile', text: 'My name is Ada.' }],
    });
    const added = (diff['operations'] as { adds: { after: string }[] }).adds[0]?.after;
    expect(await readFile(file('profile.md'), 'utf8')).toBe(added);
    expect(home.changed).toContain('viking://user/ada/profile.md');
  });

  it('skips with a reason, and lastCommit says so', async () => {
    expect(await home.sessions.lastCommit(ADA, 's').catch((error: { code: string }) => error.code)).toBe(
      'NOT_FOUND',
    );
    await home.sessions.create(ADA, { sessionId: 's' });
    expect(await home.sessions.lastCommit(ADA, 's')).toBeUndefined();
    const none = await home.sessions.commit(ADA, 's');
    expect(none).toMatchObject({
      status: 'skipped',
      reason: 'no_messages',
      archived: 0,
      archive_uri: null,
      task_id: null,
    });
    await home.sessions.addMessages(ADA, 's', [user('a'), user('b')]);
    expect(await home.sessions.commit(ADA, 's', { keepRecent: 2 })).toMatchObject({
      status: 'skipped',
      reason: 'all_within_keep_window',
    });
    expect(await home.sessions.lastCommit(ADA, 's')).toMatchObject({ reason: 'all_within_keep_window' });
    await expect(readdir(file('sessions/s/history'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    { keepRecent: -1 },
    { keepRecent: 1.5 },
    { keepRecent: 10_001 },
    { waitMs: -1 },
    { waitMs: Number.NaN },
  ])('refuses %j', async (options) => {
    await home.sessions.create(ADA, { sessionId: 's' });
    await expect(home.sessions.commit(ADA, 's', options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('keeps the newest messages in the live session', async () => {
    await home.sessions.addMessages(
      ADA,
      's',
      ['a', 'b', 'c', 'd'].map((text) => user(text)),
    );
    expect(await home.sessions.commit(ADA, 's', { keepRecent: 1 })).toMatchObject({ archived: 3 });
    await home.sessions.addMessages(ADA, 's', [user('e')]);
    expect(await home.sessions.commit(ADA, 's')).toMatchObject({
      archived: 2,
      archive_uri: 'viking://user/ada/sessions/s/history/archive_002',
    });
    const { messages } = await home.sessions.archive(ADA, 's', 'archive_002');
    expect(messages.map((message) => message.parts[0])).toEqual([
      { type: 'text', text: 'd' },
      { type: 'text', text: 'e' },
    ]);
  });

  it('answers accepted while phase 2 runs, and committed later; messages may be added meanwhile', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await reopenWith({ extract: () => held.then(() => NOTHING) });
    await home.sessions.addMessages(ADA, 's', [user('a')]);
    const accepted = await home.sessions.commit(ADA, 's', { waitMs: 30 });
    expect(accepted).toMatchObject({ status: 'accepted', archived: 1, memories_extracted: 0 });
    expect(await home.sessions.addMessages(ADA, 's', [user('b')])).toMatchObject({ message_count: 1 });
    expect(await home.sessions.lastCommit(ADA, 's')).toMatchObject({ status: 'accepted' });
    await expect(home.sessions.archive(ADA, 's', 'archive_001')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    release?.();
    await home.journal.idle();
    expect(await home.sessions.lastCommit(ADA, 's')).toMatchObject({
      status: 'committed',
      task_id: accepted.task_id,
    });
    expect((await home.sessions.archive(ADA, 's', 'archive_001')).messages).toHaveLength(1);
  });

  it('marks a failure, goes on with the next archive, and can be retried', async () => {
    let isBroken = true;
    await reopenWith({
      extract: async () => {
        if (isBroken) throw new Error('the extractor fell over');
        return NOTHING;
      },
    });
    await home.sessions.addMessages(ADA, 's', [user('a')]);
    const failed = await home.sessions.commit(ADA, 's');
    expect(failed).toMatchObject({ status: 'accepted', archived: 1 });
    expect(failed.reason).toContain('the extractor fell over');
    expect(await readJson(archiveFile('s', 1, '.failed.json'))).toMatchObject({
      stage: 'memories',
      error: 'the extractor fell over',
      failed_at: expect.stringMatching(/Z$/) as string,
    });
    expect((await home.sessions.lastCommit(ADA, 's'))?.reason).toContain('memories: the extractor fell over');
    isBroken = false;
    await home.sessions.addMessages(ADA, 's', [user('b')]);
    expect(await home.sessions.commit(ADA, 's')).toMatchObject({ status: 'committed' });
    await home.journal.retry(failed.task_id ?? '');
    await home.journal.idle();
    expect((await readdir(archiveFile('s', 1, '.'))).includes('.failed.json')).toBe(false);
    expect(await home.sessions.archive(ADA, 's', 'archive_001')).toMatchObject({ archive_id: 'archive_001' });
    expect(await home.sessions.get(ADA, 's')).toMatchObject({ commit_count: 2 });
  });

  it('ends quietly when the session is removed while phase 2 runs', async () => {
    let entered: (() => void) | undefined;
    const inExtract = new Promise<void>((resolve) => {
      entered = resolve;
    });
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await reopenWith({
      extract: async () => {
        entered?.();
        await held;
        return NOTHING;
      },
    });
    await home.sessions.addMessages(ADA, 's', [user('a')]);
    const { task_id } = await home.sessions.commit(ADA, 's', { waitMs: 0 });
    await inExtract;
    await home.sessions.remove(ADA, 's');
    release?.();
    await home.journal.idle();
    expect(await home.journal.get(task_id ?? '')).toMatchObject({ state: 'completed' });
    expect(await home.sessions.list(ADA)).toEqual([]);
    await expect(readdir(file('sessions/s'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not use an archive number again, even when the archive was removed', async () => {
    await home.sessions.addMessages(ADA, 's', [user('a')]);
    await home.sessions.commit(ADA, 's');
    await rm(archiveFile('s', 1, '.'), { recursive: true });
    await home.sessions.addMessages(ADA, 's', [user('b')]);
    expect((await home.sessions.commit(ADA, 's')).archive_uri).toMatch(/archive_002$/);
  });

  it('settles used entries once, with the commit that follows', async () => {
    await home.sessions.addMessages(ADA, 's', [user('a')]);
    const used = [
      'viking://resources/a.md',
      'viking://resources//a.md',
      '~/memories/x.md'.replace('~', 'viking://~'),
    ];
    expect(await home.sessions.used(ADA, 's', used, { uri: 'viking://~/skills/sql' })).toEqual({
      session_id: 's',
      contexts_used: 2,
      skills_used: 1,
    });
    await home.sessions.used(ADA, 's', ['viking://resources/a.md']);
    const uris = [
      'viking://resources/a.md',
      'viking://user/ada/memories/x.md',
      'viking://user/ada/skills/sql',
    ];
    expect(await home.sessions.get(ADA, 's')).toMatchObject({ used_pending: uris });
    await reopenWith({});
    expect(await home.sessions.get(ADA, 's')).toMatchObject({ used_pending: uris });
    expect(await home.sessions.commit(ADA, 's')).toMatchObject({ active_count_updated: 3 });
    expect(await home.activeCounts()).toEqual(Object.fromEntries(uris.map((uri) => [uri, 1])));
    await home.sessions.addMessages(ADA, 's', [user('b')]);
    expect(await home.sessions.commit(ADA, 's')).toMatchObject({ active_count_updated: 0 });
    await expect(home.sessions.used(ADA, 's', ['nonsense'])).rejects.toMatchObject({ code: 'INVALID_URI' });
    await expect(home.sessions.used(ADA, 's', ['viking://user/bob/memories/x.md'])).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await expect(home.sessions.used(ADA, 's', [], { name: 'x' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(home.sessions.used(ADA, 'absent', [])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('recovery without records', () => {
  it('enqueues what content says is unfinished, after the record store was lost', async () => {
    await home.close();
    home = await openSessionHome(temp.path, { start: false });
    await home.sessions.addMessages(ADA, 's', [user('I prefer tea.')]);
    const { task_id } = await home.sessions.commit(ADA, 's', { waitMs: 0 });
    await home.close();
    await rm(join(temp.path, 'records'), { recursive: true });
    home = await openSessionHome(temp.path);
    await home.journal.idle();
    expect(await home.sessions.lastCommit(ADA, 's')).toMatchObject({
      status: 'committed',
      task_id,
      memories_extracted: 1,
    });
    expect(await home.sessions.recover()).toEqual({ sessions: 1, enqueued: 0 });
  });

  it('finishes archives copied in by hand, and takes them for what they hold', async () => {
    await home.sessions.addMessages(ADA, 'from', [user('I prefer tea.')]);
    await home.sessions.commit(ADA, 'from');
    await mkdir(archiveFile('to', 3, '.'), { recursive: true });
    const copied = await readFile(archiveFile('from', 1, 'messages.jsonl'));
    await writeFile(archiveFile('to', 3, 'messages.jsonl'), copied);
    expect(await home.sessions.recover()).toEqual({ sessions: 2, enqueued: 1 });
    await home.journal.idle();
    expect(await home.sessions.get(ADA, 'to')).toMatchObject({ commit_count: 1, total_message_count: 1 });
    await home.sessions.addMessages(ADA, 'to', [user('x')]);
    expect((await home.sessions.commit(ADA, 'to')).archive_uri).toMatch(/archive_004$/);
  });

  it('runs again a commit whose job the records hold as ended while content has no mark of it', async () => {
    await home.sessions.addMessages(ADA, 's', [user('I prefer tea.')]);
    await home.sessions.commit(ADA, 's');
    await rm(archiveFile('s', 1, '.done'));
    await reopenWith({});
    await eventually(() => readJson(archiveFile('s', 1, '.done')), { what: 'phase 2 ran again' });
    await home.journal.idle();
    const memories = await readdir(file('memories/preferences'));
    expect(memories).toHaveLength(1);
  });

  it('finishes the cut of the live file by message ids', async () => {
    await home.sessions.addMessages(
      ADA,
      's',
      ['a', 'b', 'c'].map((text) => user(text)),
    );
    const uncut = await readFile(file('sessions/s/messages.jsonl'));
    const meta = await readFile(file('sessions/s/.meta.json'));
    await home.sessions.commit(ADA, 's', { keepRecent: 1 });
    // As a crash between the rename of the archive and the cut leaves it.
    await writeFile(file('sessions/s/messages.jsonl'), uncut);
    await writeFile(file('sessions/s/.meta.json'), meta);
    expect(await home.sessions.get(ADA, 's')).toMatchObject({
      message_count: 1,
      total_message_count: 3,
      commit_count: 1,
    });
    expect((await readFile(file('sessions/s/messages.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(1);
    expect(await home.sessions.lastCommit(ADA, 's')).toMatchObject({ status: 'committed', archived: 2 });
  });

  it('does not stumble over a session it cannot read', async () => {
    await home.sessions.addMessages(ADA, 'good', [user('a')]);
    await home.sessions.commit(ADA, 'good');
    await mkdir(file('sessions/bad/messages.jsonl'), { recursive: true });
    await mkdir(archiveFile('bad', 1, '.'), { recursive: true });
    expect(await home.sessions.recover()).toEqual({ sessions: 2, enqueued: 0 });
  });

  it('opens no session whose archives are all finished', async () => {
    await home.sessions.addMessages(ADA, 's', [user('a')]);
    await home.sessions.commit(ADA, 's');
    await home.close();
    const live = file('sessions/s/messages.jsonl');
    await writeFile(live, `${JSON.stringify(user('from outside'))}\n`);
    home = await openSessionHome(temp.path);
    expect(await readFile(live, 'utf8')).not.toContain('"id"');
    expect(await home.sessions.get(ADA, 's')).toMatchObject({ message_count: 1, total_message_count: 2 });
    expect(await readFile(live, 'utf8')).toContain('"id"');
  });
});
