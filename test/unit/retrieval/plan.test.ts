import { describe, expect, it } from 'vitest';
import { byRules, planQueries } from '../../../src/retrieval/plan.ts';

const said = (...texts: string[]) => ({
  overview: '',
  messages: texts.map((text, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', text })),
});

describe('planning by rules', () => {
  it('asks a question that stands by itself as it is', () => {
    const plan = byRules(
      'How does the kernel driver invalidate cached pages?',
      said('We talked about boats.'),
    );
    expect(plan.queries.map(({ query }) => query)).toEqual([
      'How does the kernel driver invalidate cached pages?',
    ]);
    expect(plan.reasoning).toContain('stands by itself');
  });

  it('adds what was spoken of to a follow-up', () => {
    const plan = byRules(
      'And how is it repaired?',
      said('A stale mount shows ENOTCONN.', 'Unmount the mount lazily.'),
    );
    expect(plan.queries[1]!.query).toBe('And how is it repaired?');
    expect(plan.queries[0]!.query).toContain('mount');
    expect(plan.reasoning).toContain('mount');
  });

  it('knows which file "that file" is', () => {
    const spoken = said('Look at viking://resources/a.md first.', 'Then docs/semantics.md has the rest.');
    const plan = byRules('What does that file say about locks?', spoken);
    expect(plan.queries.some(({ query }) => query.endsWith('docs/semantics.md'))).toBe(true);
  });

  it('asks as it is without a session', async () => {
    for (const spoken of [undefined, { overview: '', messages: [] }]) {
      expect(await planQueries('and it?', spoken, undefined)).toMatchObject({
        planner: 'none',
        queries: [{ query: 'and it?' }],
      });
    }
  });
});
