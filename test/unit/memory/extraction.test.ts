import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/api/results.ts';
import { candidatesOf } from '../../../src/memory/candidates.ts';
import { CHINESE, ENGLISH, type Snippet, UNTIDY } from './snippets.ts';

const ADA = { account: 'default', user: 'ada', role: 'user' } as const;
const POLICY = { self: { enabled: true }, peer: { enabled: false }, memory_types: null };

async function extracted(text: string): Promise<{ category: string; text: string }[]> {
  const message: Message = {
    id: 'msg_1',
    role: 'user',
    parts: [{ type: 'text', text }],
    created_at: '2026-03-01T10:00:00.000Z',
  };
  return (await candidatesOf([message], ADA, POLICY)).candidates;
}

interface Score {
  readonly stored: number;
  readonly right: number;
  readonly wanted: number;
  readonly mistakes: readonly string[];
}

async function scoreOf(snippets: readonly Snippet[]): Promise<Score> {
  let stored = 0;
  let right = 0;
  let wanted = 0;
  const mistakes: string[] = [];
  for (const { text, keep } of snippets) {
    const found = await extracted(text);
    const open = [...keep];
    wanted += keep.length;
    stored += found.length;
    for (const candidate of found) {
      const match = open.findIndex(
        ([category, quote]) => category === candidate.category && candidate.text.includes(quote),
      );
      if (match === -1) mistakes.push(`wrong: ${candidate.category} ${JSON.stringify(candidate.text)}`);
      else open.splice(match, 1);
      right += match === -1 ? 0 : 1;
    }
    mistakes.push(...open.map(([category, quote]) => `missed: ${category} ${JSON.stringify(quote)}`));
  }
  return { stored, right, wanted, mistakes };
}

describe('extraction by rules', () => {
  for (const [language, snippets] of Object.entries({ ENGLISH, CHINESE, UNTIDY })) {
    it(`${language}: at least nine of ten stored statements are right`, async () => {
      const { stored, right, wanted, mistakes } = await scoreOf(snippets);
      console.info(
        `${language}: ${snippets.length} snippets, precision ${right}/${stored}, recall ${right}/${wanted}`,
      );
      for (const mistake of mistakes) console.info(`  ${mistake}`);
      expect(stored).toBeGreaterThan(20);
      expect(right / stored).toBeGreaterThanOrEqual(0.9);
      expect(right / wanted).toBeGreaterThanOrEqual(0.8);
    });
  }
});
