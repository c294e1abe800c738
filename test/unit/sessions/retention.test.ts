import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageTokens } from '../../../src/sessions/message-tokens.ts';
import { keptByTurns, type TurnBudget } from '../../../src/sessions/retention.ts';
import type { StoredMessage } from '../../../src/sessions/types.ts';

/** `q` a question, `s` a step, `t` a tool message after it; the number is its tokens. */
function talk(script: string): StoredMessage[] {
  return script.split(' ').map((word, index): StoredMessage => {
    const text = 'x'.repeat(Number(word.slice(1)) * 4);
    const base = { id: `msg_${index}`, created_at: '2026-01-01T00:00:00.000Z' };
    if (word[0] === 't') {
      return { ...base, role: 'user', parts: [{ type: 'tool', tool_id: 'x', tool_output: text }] };
    }
    return { ...base, role: word[0] === 'q' ? 'user' : 'assistant', parts: [{ type: 'text', text }] };
  });
}

const plenty: TurnBudget = { turns: 3, tokens: 12_000, minSteps: 1 };

describe('what a turn budget keeps', () => {
  it.each([
    ['the newest turns, whole', 'q1 s1 q1 s1 t1 s1 q1', { ...plenty, turns: 2 }, 5],
    ['everything within the bounds', 'q1 s1 q1 s1', plenty, 4],
    [
      'no older turn than the tokens allow, and none behind one that is too large',
      'q1 s1 q9 s9 q2 s2',
      { ...plenty, tokens: 10 },
      2,
    ],
    ['of one that is too large the newest steps', 'q1 s1 q1 s20 t5 s3 t1 s4', { ...plenty, tokens: 10 }, 3],
    ['a step with its tool messages or not at all', 'q1 s1 s3 t9', { ...plenty, tokens: 10, minSteps: 0 }, 0],
    [
      'at least so many steps, whatever they cost',
      'q1 s50 t50 s50 t50',
      { ...plenty, tokens: 10, minSteps: 2 },
      4,
    ],
    ['steps of the turn before a bare question', 'q1 s50 s50 q1', { ...plenty, tokens: 10 }, 2],
    ['as many steps as there are', 's1 s1', { ...plenty, tokens: 1, minSteps: 9 }, 2],
    ['nothing, when nothing is to be kept', 'q1 s1', { turns: 0, tokens: 9, minSteps: 0 }, 0],
    ['no question that is too large', 'q50', { ...plenty, tokens: 10 }, 0],
  ] as const)('is %s', (_what, script, budget, kept) => {
    expect(keptByTurns(talk(script), budget)).toBe(kept);
  });

  it('takes what the messages say of themselves before what they look like', () => {
    const [first, second, third] = talk('q1 q1 q1');
    const named = [
      { ...first!, turn_id: 'a' },
      { ...second!, message_kind: 'assistant_step' },
      { ...third!, turn_id: 'a' },
    ];
    expect(keptByTurns(named, { ...plenty, turns: 1 })).toBe(3);
    expect(
      keptByTurns(named.with(2, { ...third!, turn_id: 'b' }), { ...plenty, turns: 1, minSteps: 0 }),
    ).toBe(1);
  });

  it('never splits a step, and costs more than the budget only for the steps that must stay', () => {
    const word = fc.tuple(fc.constantFrom('q', 's', 't'), fc.integer({ min: 1, max: 30 }));
    const budget = fc.record({
      turns: fc.integer({ min: 0, max: 4 }),
      tokens: fc.integer({ min: 1, max: 60 }),
      minSteps: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), budget, (words, rules) => {
        const messages = talk(words.map((one) => one.join('')).join(' '));
        const kept = keptByTurns(messages, rules);
        const from = messages.length - kept;
        expect(kept).toBeGreaterThanOrEqual(0);
        if (from > 0 && kept > 0) expect(words[from]![0]).not.toBe('t');
        const must = keptByTurns(messages, { ...rules, turns: 0 });
        const tokens = messages.slice(from).reduce((sum, message) => sum + messageTokens(message), 0);
        if (kept > must) expect(tokens).toBeLessThanOrEqual(rules.tokens);
      }),
    );
  });
});
