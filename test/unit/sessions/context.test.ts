import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../../src/api/results.ts';
import { fitMessages } from '../../../src/sessions/context.ts';
import type { ExtractResult } from '../../../src/sessions/index.ts';
import { messageTokens } from '../../../src/sessions/message-tokens.ts';
import { ADA, assistant, openSessionHome, type SessionHome, user } from '../../helpers/session-home.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let home: SessionHome;
let isBroken = false;
const NOTHING: ExtractResult = {
  extractor: 'rules',
  outcomes: [],
  operations: { adds: [], updates: [], deletes: [] },
};
beforeEach(async () => {
  isBroken = false;
  temp = await tempDir();
  home = await openSessionHome(temp.path, {
    sessions: {
      extract: async () => {
        if (isBroken) throw new Error('broken');
        return NOTHING;
      },
    },
  });
});
afterEach(async () => {
  await home.close();
  await temp.remove();
});

const texts = (messages: readonly Message[]): string[] =>
  messages.map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join());

describe('context of a session', () => {
  it('is the live messages, the newest overview and older abstracts, counted truly', async () => {
    for (const text of ['one', 'two', 'three']) {
      await home.sessions.addMessages(ADA, 's', [user(`Tell me about ${text} please.`)]);
      await home.sessions.commit(ADA, 's');
    }
    await home.sessions.addMessages(ADA, 's', [user('now'), assistant('then')]);
    const context = await home.sessions.context(ADA, 's', 128_000);
    expect(context.latest_archive_overview).toContain('# Session Summary');
    expect(context.latest_archive_overview).toContain('three');
    expect(context.pre_archive_abstracts).toHaveLength(2);
    expect(context.pre_archive_abstracts[0]).toContain('one');
    expect(texts(context.messages)).toEqual(['now', 'then']);
    expect(context.stats).toMatchObject({
      totalArchives: 3,
      includedArchives: 3,
      droppedArchives: 0,
      failedArchives: 0,
      activeTokens: 2,
    });
    expect(context.estimatedTokens).toBe(
      (context.stats['activeTokens'] ?? 0) + (context.stats['archiveTokens'] ?? 0),
    );
    const small = await home.sessions.context(ADA, 's', 5);
    expect(small.latest_archive_overview).toBe('');
    expect(small.stats).toMatchObject({ includedArchives: 0, droppedArchives: 3, archiveTokens: 0 });
  });

  it('has the messages of archives that no summary covers yet', async () => {
    isBroken = true;
    await home.sessions.addMessages(ADA, 's', [user('lost and found')]);
    await home.sessions.commit(ADA, 's');
    await home.sessions.addMessages(ADA, 's', [user('later')]);
    const context = await home.sessions.context(ADA, 's', 1_000);
    expect(texts(context.messages)).toEqual(['lost and found', 'later']);
    expect(context.stats).toMatchObject({
      totalArchives: 1,
      failedArchives: 1,
      includedArchives: 0,
      droppedArchives: 0,
    });
  });

  it('is empty for a budget of nothing, refuses a negative one and an unknown session', async () => {
    await home.sessions.addMessages(ADA, 's', [user('x')]);
    expect(await home.sessions.context(ADA, 's', 0)).toMatchObject({ messages: [], estimatedTokens: 0 });
    await expect(home.sessions.context(ADA, 's', -1)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(home.sessions.context(ADA, 'none', 10)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each(['archive_002', 'archive_1', '../archive_001', ''])('knows no archive %j', async (archiveId) => {
    await home.sessions.addMessages(ADA, 's', [user('x')]);
    await home.sessions.commit(ADA, 's');
    await expect(home.sessions.archive(ADA, 's', archiveId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('fitting messages into a budget', () => {
  const message = (role: 'user' | 'assistant', text: string, index: number): Message => ({
    id: `msg_${index}`,
    role,
    parts: [{ type: 'text', text }],
    created_at: '2026-01-01T00:00:00.000Z',
  });
  const conversation = [
    message('user', 'q1'.repeat(20), 0),
    message('assistant', 'a1'.repeat(20), 1),
    message('user', 'q2'.repeat(20), 2),
    message('assistant', 's2'.repeat(20), 3),
    message('assistant', 'a2'.repeat(20), 4),
  ];
  const kept = (budget: number): string[] =>
    texts(fitMessages(conversation, budget)).map((text) => text.slice(0, 2));

  it('never exceeds the budget, and keeps the order', () => {
    for (let budget = 0; budget <= 60; budget += 1) {
      const messages = fitMessages(conversation, budget);
      expect(messages.reduce((sum, one) => sum + messageTokens(one), 0)).toBeLessThanOrEqual(budget);
      const ids = messages.map(({ id }) => id);
      expect(ids).toEqual([...ids].sort());
    }
  });

  it('prefers the latest question and the last answer, then the steps between, then whole older turns', () => {
    expect(kept(50)).toEqual(['q1', 'a1', 'q2', 's2', 'a2']);
    expect(kept(49)).toEqual(['q2', 's2', 'a2']);
    expect(kept(30)).toEqual(['q2', 's2', 'a2']);
    expect(kept(29)).toEqual(['q2', 'a2']);
    expect(kept(20)).toEqual(['q2', 'a2']);
  });

  it('cuts a message that is too long in the middle', () => {
    const long = message('user', `${'a'.repeat(400)}${'z'.repeat(400)}`, 0);
    const [cut] = texts(fitMessages([long], 40));
    expect(cut).toMatch(/^a+\n…\nz+$/);
    expect(Math.abs((cut?.indexOf('\n') ?? 0) / (cut?.length ?? 1) - 0.75)).toBeLessThan(0.05);
  });
});
