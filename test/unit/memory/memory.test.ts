import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MemoryPolicy, Message } from '../../../src/api/results.ts';
import { type ExtractResult, parseMemory } from '../../../src/memory/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { ADA, openSessionHome, type SessionHome } from '../../helpers/session-home.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let home: SessionHome;
let similar: string[] = [];
let archives = 0;
beforeEach(async () => {
  similar = [];
  archives = 0;
  temp = await tempDir();
  home = await openSessionHome(temp.path, { find: async () => similar.map((uri) => ({ uri, score: 1 })) });
});
afterEach(async () => {
  await home.close();
  await temp.remove();
});

const POLICY: MemoryPolicy = { self: { enabled: true }, peer: { enabled: false }, memory_types: null };
const file = (...parts: string[]): string => join(temp.path, 'content/default/user/ada', ...parts);
const bodyOf = async (...parts: string[]): Promise<string> =>
  parseMemory(await readFile(file(...parts), 'utf8')).body;

let count = 0;
function said(text: string, more: Partial<Message> = {}): Message {
  count += 1;
  return {
    id: `msg_${count}`,
    role: 'user',
    parts: [{ type: 'text', text }],
    created_at: `2026-03-0${(count % 9) + 1}T00:00:00.000Z`,
    ...more,
  };
}

/** Extracts as phase 2 does: from an archive directory of its own. */
async function extract(
  messages: readonly Message[],
  policy = POLICY,
  archive?: number,
): Promise<ExtractResult> {
  archives += 1;
  const archiveUri = VikingUri.user('ada', 'sessions', 's', 'history', `archive_${archive ?? archives}`);
  await home.content.mkdir(`default/${archiveUri.contentPath}`);
  return home.memory.extract({ principal: ADA, session: 's', archiveUri, messages, policy });
}

const outcomes = (result: ExtractResult): string[] => result.outcomes.map(({ outcome }) => outcome);

describe('memories', () => {
  it('go to the directory of their category, verbatim', async () => {
    const at = { created_at: '2026-05-06T07:08:09.000Z' };
    const result = await extract([
      said('My name is Ada.'),
      said('I live in Oslo.'),
      said('I prefer tabs over spaces.'),
      said('Redis is our session cache.'),
      said('We decided to drop Windows support.', at),
      said('The root cause was a missing index.'),
      said('We always squash commits before merging.'),
    ]);
    expect(new Set(outcomes(result))).toEqual(new Set(['stored']));
    expect(await bodyOf('profile.md')).toBe('# Profile\n\n- My name is Ada.\n- I live in Oslo.');
    expect(await bodyOf('memories/preferences/tabs-spaces.md')).toBe('I prefer tabs over spaces.');
    expect(await readdir(file('memories/entities'))).toEqual(['redis.md']);
    expect(await readdir(file('memories/events'))).toEqual(['2026-05-06-drop-windows-support.md']);
    expect(await bodyOf('memories/cases/missing-index.md')).toBe('The root cause was a missing index.');
    expect(await readdir(file('memories/patterns'))).toHaveLength(1);
    expect(result.operations.adds).toHaveLength(6);
  });

  it('know their session, archive, messages, author and time', async () => {
    const message = said('I prefer tabs over spaces.', { role_id: 'grace' });
    await extract([message]);
    const { statements } = parseMemory(await readFile(file('memories/preferences/tabs-spaces.md'), 'utf8'));
    expect(statements).toMatchObject([
      {
        session: 's',
        archive: 'archive_1',
        messages: [message.id],
        by: 'grace',
        at: message.created_at,
        extractor: 'rules',
      },
    ]);
  });

  it('say that there was nothing', async () => {
    const result = await extract([said('How are you?'), said('I prefer tea.', { role: 'assistant' })]);
    expect(result).toMatchObject({
      extractor: 'rules',
      outcomes: [{ outcome: 'nothing', memory_type: null }],
    });
    expect(result.operations).toEqual({ adds: [], updates: [], deletes: [] });
  });

  it('are not doubled, in one batch or in another', async () => {
    const first = await extract([
      said('I prefer tabs over spaces.'),
      said('Also, i prefer tabs over spaces!'),
    ]);
    expect(first.operations.adds).toHaveLength(1);
    const again = await extract([said('I prefer tabs over spaces.')]);
    expect(outcomes(again)).toEqual(['duplicate']);
    expect(again.outcomes[0]?.uri).toBe('viking://user/ada/memories/preferences/tabs-spaces.md');
    expect(again.operations).toEqual({ adds: [], updates: [], deletes: [] });
    const event = said('We decided to drop Windows support.');
    expect(outcomes(await extract([event, { ...event, id: 'msg_x' }]))).toEqual(['stored', 'duplicate']);
  });

  it('let the newest statement about the same thing win, in one batch or in another', async () => {
    const days = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => ({
      created_at: `${day}T00:00:00.000Z`,
    }));
    const first = await extract([
      said('I prefer tabs over spaces.', days[0]),
      said('I prefer spaces over tabs.', days[1]),
    ]);
    expect(outcomes(first)).toEqual(['stored', 'merged']);
    const second = await extract([said('I prefer tabs.', days[2])]);
    expect(outcomes(second)).toEqual(['merged']);
    expect(second.operations.updates[0]?.before).toContain('I prefer spaces over tabs.');
    expect(await bodyOf('memories/preferences/tabs-spaces.md')).toBe(
      'I prefer tabs.\n\n## History\n\n- 2026-01-02: I prefer spaces over tabs.\n- 2026-01-01: I prefer tabs over spaces.',
    );
    await extract([said('I live in Oslo.', days[0]), said('My name is Ada.', days[0])]);
    await extract([said('I live in Bergen now.', days[1])]);
    expect(await bodyOf('profile.md')).toBe(
      '# Profile\n\n- My name is Ada.\n- I live in Bergen now.\n\n## History\n\n- 2026-01-01: I live in Oslo.',
    );
  });

  it('never merge events and cases', async () => {
    const at = { created_at: '2026-05-06T07:08:09.000Z' };
    await extract([
      said('We decided to use Kafka for the order events.', at),
      said('We decided to use Kafka for the order events only.', at),
    ]);
    expect(await readdir(file('memories/events'))).toHaveLength(2);
    const cause = 'The root cause was a missing index on orders in the reporting database';
    await extract([said(`${cause} of June.`), said(`${cause} of July.`)]);
    expect((await readdir(file('memories/cases'))).sort()).toEqual(
      [
        'missing-index-orders-reporting-database-june.md',
        'missing-index-orders-reporting-database-july.md',
      ].sort(),
    );
  });

  it('find a memory that was moved, and one that a person wrote', async () => {
    await extract([said('I prefer tabs over spaces.')]);
    await mkdir(file('memories/preferences/code'));
    await rename(file('memories/preferences/tabs-spaces.md'), file('memories/preferences/code/indent.md'));
    await writeFile(file('memories/preferences/mine.md'), 'I prefer quiet offices.\n');
    similar = [
      'viking://user/ada/memories/preferences/code/indent.md',
      'viking://user/ada/memories/preferences/mine.md',
    ];
    const result = await extract([
      said('I prefer spaces over tabs.', { created_at: '2027-01-01T00:00:00.000Z' }),
      said('I prefer quiet offices.'),
    ]);
    expect(result.outcomes).toMatchObject([
      { outcome: 'merged', uri: 'viking://user/ada/memories/preferences/code/indent.md' },
      { outcome: 'duplicate', uri: 'viking://user/ada/memories/preferences/mine.md' },
    ]);
    expect((await readdir(file('memories/preferences'))).sort()).toEqual(['code', 'mine.md']);
  });

  it('are kept when the search for similar ones fails', async () => {
    similar = ['not a uri'];
    expect(outcomes(await extract([said('I prefer tabs over spaces.')]))).toEqual(['stored']);
  });

  it('are written in peace with an edit by hand', async () => {
    await extract([said('I prefer tabs over spaces.', { created_at: '2026-01-01T00:00:00.000Z' })]);
    const path = file('memories/preferences/tabs-spaces.md');
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace('I prefer tabs over spaces.', 'Tabs. Always tabs.'),
    );
    await extract([said('I prefer spaces over tabs.', { created_at: '2026-01-02T00:00:00.000Z' })]);
    expect(await bodyOf('memories/preferences/tabs-spaces.md')).toBe(
      'Tabs. Always tabs.\n\n- I prefer spaces over tabs. (2026-01-02)',
    );
  });

  it('do not hold secrets, and say that they do not', async () => {
    const result = await extract([said(`Remember that the deploy token is ${'sk-'}abcdefghijklmnop1234.`)]);
    expect(result.outcomes).toMatchObject([{ outcome: 'rejected', reason: 'secret' }]);
    expect(JSON.stringify(result)).not.toContain('abcdefghijklmnop');
    await expect(readdir(file('memories/preferences'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of a peer go to the peer, or nowhere', async () => {
    const messages = [said('I prefer tea.', { peer_id: 'bob' }), said('My name is Bob.', { peer_id: 'bob' })];
    const off = await extract(messages);
    expect(off.outcomes.map(({ reason }) => reason)).toEqual(['peer_not_enabled', 'peer_not_enabled']);
    await expect(readdir(file('memories'))).rejects.toMatchObject({ code: 'ENOENT' });
    await extract(messages, { ...POLICY, peer: { enabled: true } });
    expect(await bodyOf('peers/bob/memories/preferences/tea.md')).toBe('I prefer tea.');
    expect(await bodyOf('peers/bob/memories/profile.md')).toContain('My name is Bob.');
    await expect(readFile(file('profile.md'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('obey the policy about self and categories', async () => {
    const messages = [said('I prefer tea.'), said('We decided to drop Windows support.')];
    const none = await extract(messages, { ...POLICY, self: { enabled: false } });
    expect(none.outcomes.map(({ reason }) => reason)).toEqual(['self_not_enabled', 'self_not_enabled']);
    const some = await extract(messages, { ...POLICY, memory_types: ['events'] });
    expect(some.outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['stored', undefined],
      ['rejected', 'memory_type_not_enabled'],
    ]);
  });

  it('answer the same when the job runs again, and are not written twice', async () => {
    const messages = [said('I prefer tabs over spaces.'), said('I live in Oslo.')];
    await extract([said('I live in Bergen.', { created_at: '2025-01-01T00:00:00.000Z' })]);
    const first = await extract(messages, POLICY, 50);
    const profile = await readFile(file('profile.md'), 'utf8');
    const again = await extract(messages, POLICY, 50);
    expect(again.outcomes).toEqual(first.outcomes);
    expect(again.operations).toEqual(first.operations);
    expect(await readFile(file('profile.md'), 'utf8')).toBe(profile);
    await again.finish();
    expect(await readdir(file('sessions/s/history/archive_50'))).toEqual([]);
    expect(outcomes(await extract(messages, POLICY, 50))).toEqual(['duplicate', 'duplicate']);
  });

  it('changed by hand between two runs of a job keep the change', async () => {
    const messages = [said('I prefer tabs over spaces.')];
    await extract(messages, POLICY, 50);
    const path = file('memories/preferences/tabs-spaces.md');
    await writeFile(path, (await readFile(path, 'utf8')).replace('I prefer', 'I used to prefer'));
    await extract(messages, POLICY, 50);
    expect(await bodyOf('memories/preferences/tabs-spaces.md')).toBe('I used to prefer tabs over spaces.');
  });

  it('of two sessions at once do not overwrite each other', async () => {
    const facts = [
      'I live in Oslo.',
      'My name is Ada.',
      'I work at Siemens.',
      "I'm a vegetarian.",
      'I speak Norwegian.',
    ];
    await Promise.all(facts.map((text) => extract([said(text)])));
    expect((await bodyOf('profile.md')).split('\n').filter((line) => line.startsWith('- '))).toHaveLength(5);
  });

  it('stand up to any text', async () => {
    const hostile = [
      `I prefer ${'../'.repeat(20)}etc/passwd`,
      'I prefer \u0000 nul and \u202e tricks.',
      'I prefer 𝕬𝖑𝖎𝖊𝖓 fonts.',
      `I prefer ${'very '.repeat(70)}long names.`,
      'I prefer .hidden and con.',
      '我喜欢喝'.concat('茶'.repeat(150)),
    ];
    const result = await extract(hostile.map((text) => said(text)));
    for (const { uri = '' } of result.outcomes) {
      expect(uri).toMatch(/^viking:\/\/user\/ada\/memories\/preferences\/[^/]+\.md$/);
      const path = join(temp.path, 'content/default', uri.slice('viking://'.length));
      expect(dirname(path)).toBe(file('memories/preferences'));
    }
    const started = performance.now();
    await extract([
      said('write '.repeat(1_000_000)),
      said('"'.repeat(500_000)),
      said('I prefer '.repeat(200_000)),
      said('我'.repeat(500_000)),
    ]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
