import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ranked } from '../../../src/retrieval/index.ts';
import { type Home, makeHome } from './home.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome({
    'acme/resources/guide.md': `# Guide\n\nThe quokka guide.\n\n${'More words about it. '.repeat(60)}`,
    'acme/user/me/profile.md': 'I keep a quokka.',
    'acme/user/me/memories/pets.md': '# Pets\n\nThe quokka is called Bo.',
    'acme/user/me/skills/feed.md': 'How to feed a quokka.',
    'acme/user/me/resources/list.md': 'A quokka list.',
    'acme/user/me/peers/ann/memories/ann.md': 'Ann likes the quokka.',
    'acme/user/me/peers/ann/resources/photo.md': 'A quokka photo.',
    'acme/user/me/sessions/s1/messages.jsonl': '{"role":"user","content":"Where is my quokka?"}',
    'acme/user/you/memories/other.md': 'Another quokka.',
    'zoo/resources/zoo.md': 'A quokka at the zoo.',
  });
});
afterEach(() => home.dispose());

const uris = async (query: Partial<Parameters<Home['retrieval']['find']>[0]>): Promise<string[]> =>
  ranked(
    await home.retrieval.find({
      text: 'quokka',
      within: ['acme/resources', 'acme/user/me'],
      limit: 20,
      ...query,
    }),
  ).map((hit) => hit.uri);

describe('find', () => {
  it('groups by kind and says where, why and how fresh', async () => {
    const found = await home.retrieval.find({
      text: 'quokka',
      within: ['acme/resources', 'acme/user/me'],
      limit: 20,
    });
    expect(found.memories.map((hit) => hit.uri).sort()).toEqual([
      'viking://user/me/memories/pets.md',
      'viking://user/me/peers/ann/memories/ann.md',
      'viking://user/me/profile.md',
    ]);
    expect(found.skills.map((hit) => hit.uri)).toEqual(['viking://user/me/skills/feed.md']);
    expect(found.resources).toHaveLength(3);
    expect(found.total).toBe(7);
    expect(found.freshness).toEqual({ state: 'fresh', pending: 0 });
    const guide = found.resources.find((hit) => hit.uri === 'viking://resources/guide.md')!;
    expect(guide).toMatchObject({ context_type: 'resource', level: 2, lines: { start: 1 } });
    expect(guide.abstract).toMatch(/^Guide The quokka guide\./);
    expect(guide.abstract.length).toBeLessThanOrEqual(256);
    expect(guide.match_reason).toContain('quokka');
    expect(guide.score).toBeGreaterThan(0);
  });

  it('searches sessions only when a target lies in them, as memories', async () => {
    expect((await uris({})).some((uri) => uri.includes('/sessions/'))).toBe(false);
    expect((await uris({ within: ['acme/user/me/sessions'] }))[0]).toContain('sessions/s1/messages.jsonl');
    const { memories } = await home.retrieval.find({
      text: 'quokka',
      within: ['acme/user/me/sessions/s1'],
      limit: 5,
    });
    expect(memories).toHaveLength(1);
    expect(memories[0]!.context_type).toBe('session');
  });

  it('keeps to its prefixes, whatever they are', async () => {
    expect(await uris({ within: ['acme/user/me/memories'] })).toEqual(['viking://user/me/memories/pets.md']);
    expect(await uris({ within: ['acme'] })).not.toContain('viking://resources/zoo.md');
    expect((await uris({ within: ['acme'] })).some((uri) => uri.includes('/sessions/'))).toBe(false);
    expect(await uris({ without: ['acme/user/me/peers/ann'] })).not.toContain(
      'viking://user/me/peers/ann/memories/ann.md',
    );
    expect(await uris({ within: ['acme/none', 'acme/resources/guide.md/x'] })).toEqual([]);
    expect(await uris({ within: [] })).toEqual([]);
  });

  it('filters by kind before it ranks', async () => {
    for (let n = 0; n < 120; n++) await writeFile(home.path(`acme/resources/q${n}.md`), 'quokka quokka');
    home.index.touch(['acme/resources']);
    await home.index.flush();
    expect(await uris({ contextTypes: ['skill'], limit: 1 })).toEqual(['viking://user/me/skills/feed.md']);
    expect((await uris({ contextTypes: ['memory'] })).sort()).toEqual([
      'viking://user/me/memories/pets.md',
      'viking://user/me/peers/ann/memories/ann.md',
      'viking://user/me/profile.md',
    ]);
    expect(await uris({ contextTypes: ['resource'], within: ['acme/user/me'] })).toHaveLength(2);
    expect(await uris({ contextTypes: [] })).toEqual([]);
  });

  it('never answers with an entry that is gone, nor with one that has no URI', async () => {
    await rm(home.path('acme/resources/guide.md'));
    await writeFile(home.path('acme/resources/back\\slash.md'), 'quokka');
    home.index.touch(['acme/resources/back\\slash.md']);
    const found = await uris({ limit: 20 });
    expect(found).not.toContain('viking://resources/guide.md');
    expect(found.length).toBeGreaterThan(3);
  });

  it('honours limit and threshold', async () => {
    expect(await uris({ limit: 2 })).toHaveLength(2);
    expect(await uris({ scoreThreshold: 1.1 })).toEqual([]);
    const scores = ranked(
      await home.retrieval.find({
        text: 'feed the quokka',
        within: ['acme/user/me'],
        limit: 9,
        scoreThreshold: 0.4,
      }),
    ).map((hit) => hit.score);
    expect(scores.length).toBeGreaterThan(0);
    for (const score of scores) expect(score).toBeGreaterThanOrEqual(0.4);
  });

  it.each([[{ text: ' \n' }], [{ limit: 0 }], [{ limit: 1.5 }], [{ limit: Number.NaN }], [{ limit: 1e9 }]])(
    'refuses %j',
    async (query) => {
      await expect(uris(query)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );
});
