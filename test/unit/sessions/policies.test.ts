import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

const committed = (id: string, commits: number) =>
  eventually(async () => (await home.sessions.get(ADA, id)).commit_count === commits || undefined, {
    what: `${commits} commits of ${id}`,
    timeoutMs: 10_000,
  });

describe('a session that commits by itself', () => {
  it('fills in and clamps what it is told, and refuses what it does not know', async () => {
    const made = await home.sessions.create(ADA, {
      sessionId: 's',
      autoCommitPolicy: { message_count_threshold: 5_000, keep_recent_count: 2, idle_timeout_seconds: -4 },
    });
    expect(made.auto_commit_policy).toEqual({
      pending_token_threshold: 150_000,
      message_count_threshold: 1_000,
      idle_timeout_seconds: 0,
      keep_recent_count: 2,
      min_commit_interval_seconds: 0,
    });
    await expect(home.sessions.configure(ADA, 's', { autoCommitPolicy: { often: true } })).rejects.toThrow(
      'often',
    );
    await expect(
      home.sessions.configure(ADA, 's', { autoCommitPolicy: { keep_recent_count: null } }),
    ).rejects.toThrow('keep_recent');
    expect(
      (await home.sessions.configure(ADA, 's', { autoCommitPolicy: null })).auto_commit_policy,
    ).toBeNull();
    expect((await home.sessions.get(ADA, 's')).auto_commit_policy).toBeNull();
  });

  it('does so after so many messages, keeping the newest', async () => {
    const policy = { message_count_threshold: 3, keep_recent_count: 1 };
    await home.sessions.create(ADA, { sessionId: 's', autoCommitPolicy: policy });
    for (const text of ['one', 'two', 'three']) await home.sessions.addMessages(ADA, 's', [user(text)]);
    expect((await home.sessions.get(ADA, 's')).commit_count).toBe(0);
    await home.sessions.addMessages(ADA, 's', [user('four')]);
    await committed('s', 1);
    expect(await home.sessions.get(ADA, 's')).toMatchObject({ message_count: 1, total_message_count: 4 });
  });

  it('does so after so many tokens', async () => {
    await home.sessions.create(ADA, { sessionId: 's', autoCommitPolicy: { pending_token_threshold: 100 } });
    await home.sessions.addMessages(ADA, 's', [user('word '.repeat(200))]);
    await committed('s', 1);
  });

  it('does so when nobody spoke for long, also after a restart, and not too often', async () => {
    const policy = { idle_timeout_seconds: 60, min_commit_interval_seconds: 3_600 };
    await home.sessions.create(ADA, { sessionId: 's', autoCommitPolicy: policy });
    await home.sessions.addMessages(ADA, 's', [user('I prefer tabs over spaces.')]);
    await home.sessions.commitDue();
    expect((await home.sessions.get(ADA, 's')).commit_count).toBe(0);
    await home.close();
    home = await openSessionHome(temp.path);
    home.advance(120_000);
    await home.sessions.commitDue();
    expect((await home.sessions.get(ADA, 's')).commit_count).toBe(1);
    await home.sessions.addMessages(ADA, 's', [user('More.')]);
    home.advance(120_000);
    await home.sessions.commitDue();
    expect((await home.sessions.get(ADA, 's')).commit_count).toBe(1);
  });
});

describe('participants', () => {
  it('are who spoke, each once; only some callers may name another speaker', async () => {
    const trusted = { ...ADA, mode: 'trusted' as const };
    await home.sessions.addMessages(trusted, 's', [user('hi', { role_id: 'carol' }), user('hi')]);
    await home.sessions.addMessages(ADA, 's', [
      user('hi', { peer_id: 'bob' }),
      assistant('hello'),
      user('again'),
    ]);
    expect((await home.sessions.get(ADA, 's')).participants).toEqual(['carol', 'ada', 'bob']);
    await expect(home.sessions.addMessages(ADA, 's', [user('x', { role_id: 'carol' })])).rejects.toThrow(
      'carol',
    );
  });
});

describe('an archive that failed', () => {
  it('says why, blocks no other session, and is finished by a retry', async () => {
    await home.close();
    let isBroken = true;
    home = await openSessionHome(temp.path, {
      sessions: {
        summarise: async (messages) => {
          if (isBroken && JSON.stringify(messages).includes('poison')) throw new Error('no summary today');
          return { overview: '# Session Summary\n', abstract: 'a' };
        },
      },
    });
    await home.sessions.addMessages(ADA, 'bad', [user('poison. I prefer tabs over spaces.')]);
    await home.sessions.addMessages(ADA, 'good', [user('My name is Ada.')]);
    const [bad, good] = await Promise.all([
      home.sessions.commit(ADA, 'bad', { waitMs: 10_000 }),
      home.sessions.commit(ADA, 'good', { waitMs: 10_000 }),
    ]);
    expect(good.status).toBe('committed');
    expect(bad).toMatchObject({ status: 'accepted', reason: 'phase 2 failed: no summary today' });
    const archive = join(temp.path, 'content/default/user/ada/sessions/bad/history/archive_001');
    expect(JSON.parse(await readFile(join(archive, '.failed.json'), 'utf8'))).toMatchObject({
      stage: 'summary',
      error: 'no summary today',
    });
    await expect(home.sessions.retry(ADA, 'good', 'archive_001')).rejects.toThrow('finished');
    await expect(home.sessions.retry(ADA, 'bad', 'archive_009')).rejects.toThrow('no such archive');
    expect((await home.sessions.retry(ADA, 'bad', 'archive_001', 10_000)).reason).toContain(
      'no summary today',
    );
    isBroken = false;
    const retried = await home.sessions.retry(ADA, 'bad', 'archive_001', 10_000);
    expect(retried).toMatchObject({ status: 'committed', memories_extracted: 1 });
    expect(await home.sessions.lastCommit(ADA, 'bad')).toMatchObject({ status: 'committed' });
  });
});

describe('a memory somebody edits at the same moment', () => {
  it('keeps their text, and gains the statement', async () => {
    await home.memory.remember(ADA, 'My name is Ada.');
    const profile = join(temp.path, 'content/default/user/ada/profile.md');
    const stamp = await home.content.stat('default/user/ada/profile.md');
    await writeFile(profile, 'By hand.\n');
    await expect(
      home.content.write('default/user/ada/profile.md', 'overwritten', { unchanged: stamp! }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
    await home.memory.remember(ADA, 'I live in Lisbon.');
    expect(await readFile(profile, 'utf8')).toMatch(/^By hand\.\n\n- I live in Lisbon\./);
  });
});
