import { describe, expect, it } from 'vitest';
import type { ContextEntry, Hit } from '../../../src/api/results.ts';
import type { Chat } from '../../../src/models/index.ts';
import { digestOf } from '../../../src/retrieval/digest.ts';
import { withPeerPenalty } from '../../../src/retrieval/peer-penalty.ts';

const entry = (name: string, text: string): ContextEntry => ({
  uri: `viking://resources/${name}.md`,
  category: 'resources',
  score: 1,
  detail: 'full',
  text,
});
const ENTRIES = [
  entry('lamp', '# Lamp\n\nThe tower is white. The keeper lights the lamp at dusk. Gulls nest below.'),
  entry('oil', 'Oil comes by boat. The lamp burns oil until dawn.'),
  entry('copy', 'The keeper lights the lamp at dusk.'),
  entry('none', '---\n'),
];
const asked = { query: 'when is the lamp lit by the keeper?', bulletsMost: 6, rewrite: true } as const;

/** A chat model that says `answer`, whatever it is asked. */
function saying(answer: () => unknown): Chat {
  return { model: 'told', complete: async () => answer() as never };
}

describe('a digest by rules', () => {
  it('takes of each entry the sentence that bears on the question, once, with its URI', async () => {
    const { text, writer } = await digestOf(ENTRIES, { ...asked, chat: undefined });
    expect(writer).toBe('rules');
    expect(text.split('\n')).toEqual([
      '- The keeper lights the lamp at dusk. (viking://resources/lamp.md)',
      '- The lamp burns oil until dawn. (viking://resources/oil.md)',
    ]);
  });

  it('has so many points at most, each of one bounded line', async () => {
    const one = await digestOf(ENTRIES, { ...asked, bulletsMost: 1, chat: undefined });
    expect(one.text.split('\n')).toHaveLength(1);
    const long = await digestOf([entry('long', `${'lamp 😀\n'.repeat(500)}`)], { ...asked, chat: undefined });
    expect(long.text).not.toContain('\n');
    expect(long.text.length).toBeLessThan(700);
    expect(long.text.isWellFormed?.() ?? true).toBe(true);
  });

  it('is empty where none was asked for, there is nothing, or a block is short already', async () => {
    const none = { text: '', writer: 'none' };
    expect(await digestOf(ENTRIES, { ...asked, rewrite: false, chat: undefined })).toEqual(none);
    expect(await digestOf([], { ...asked, chat: undefined })).toEqual(none);
    expect(await digestOf(ENTRIES, { ...asked, rewrite: 'auto', chat: undefined })).toEqual(none);
    const long = [entry('long', `The keeper lights the lamp. ${'The sea was calm there. '.repeat(80)}`)];
    expect(await digestOf(long, { ...asked, rewrite: 'auto', chat: undefined })).toMatchObject({
      text: '- The keeper lights the lamp. (viking://resources/long.md)',
    });
  });
});

describe('a digest by a model', () => {
  it('names entries by number; one that is not there is no source', async () => {
    const chat = saying(() => ({
      bullets: [
        { text: 'Lit at dusk,\nout at dawn.', entries: [1, 2, 2, 99] },
        { text: 'Made up.', entries: [7] },
        { text: 'Third.', entries: [3] },
      ],
    }));
    expect(await digestOf(ENTRIES, { ...asked, bulletsMost: 2, chat })).toEqual({
      text: '- Lit at dusk, out at dawn. (viking://resources/lamp.md, viking://resources/oil.md)\n- Third. (viking://resources/copy.md)',
      writer: 'chat',
    });
  });

  it('that fails is done without', async () => {
    const chat = saying(() => {
      throw new Error('away');
    });
    expect(await digestOf(ENTRIES, { ...asked, chat })).toMatchObject({
      writer: 'rules',
      text: expect.stringContaining('dusk'),
    });
  });
});

describe('what belongs to another peer', () => {
  const hit = (path: string, score: number): Hit => ({
    uri: `viking://user/u/${path}`,
    context_type: 'memory',
    level: 2,
    score,
    abstract: '',
    match_reason: '',
    tags: [],
    relations: [],
  });
  const own = hit('memories/events/a.md', 0.6);
  const ada = hit('peers/ada/memories/events/a.md', 0.65);
  const likes = hit('peers/ada/memories/preferences/a.md', 0.61);
  const scores = (hits: readonly Hit[]) => hits.map(({ score }) => Math.round(score * 100) / 100);

  it('counts less by category, or by what is asked for; the actor’s own does not', () => {
    expect(scores(withPeerPenalty([ada, likes, own], undefined))).toEqual([0.6, 0.59, 0.55]);
    expect(withPeerPenalty([ada, likes, own], undefined)[0]).toBe(own);
    expect(scores(withPeerPenalty([ada, likes, own], 'ada'))).toEqual([0.65, 0.61, 0.6]);
    expect(scores(withPeerPenalty([ada, likes, own], undefined, 0))).toEqual([0.65, 0.61, 0.6]);
    expect(scores(withPeerPenalty([ada, likes, own], undefined, { events: 1 }))).toEqual([0.6, 0.59, 0]);
    expect(scores(withPeerPenalty([ada], undefined, { constructor: 1 }))).toEqual([0.55]);
  });
});
