import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparable, statementsOf } from '../../../src/memory/classify.ts';
import { quotableSentences } from '../../../src/memory/quotable.ts';
import { keyOf, slugOf } from '../../../src/memory/subject.ts';

function only(text: string): ReturnType<typeof statementsOf>[number] {
  const found = statementsOf(text);
  expect(found).toHaveLength(1);
  return found[0]!;
}

const sameKey = (left: string, right: string): boolean => keyOf(only(left)) === keyOf(only(right));

describe("sentences in the author's own voice", () => {
  it.each([
    ['One. Two!\nThree?', ['One.', 'Two!', 'Three?']],
    ['- first point\n* second point\n1. third point', ['first point', 'second point', 'third point']],
    [
      'I prefer to keep the configuration of the service in\none file.',
      ['I prefer to keep the configuration of the service in one file.'],
    ],
    ['Before.\n```js\nInside.\n```\nAfter.', ['Before.', 'After.']],
    ['Before.\n~~~\nInside.\n```\nStill inside.\n~~~\nAfter.', ['Before.', 'After.']],
    ['> Quoted.\nMine.', ['Mine.']],
    ['    indented code\nMine.', ['Mine.']],
    ['<doc>\nPasted.\n</doc>\nMine.', ['Mine.']],
    ['She said: "One. Two. Three." Then she left.', ['She said: "One.', 'Then she left.']],
    ['“All of it. Is quoted.” Not this.', ['Not this.']],
    ['他说“第一句。第二句。”我走了。', ['他说“第一句。', '我走了。']],
    ['Summarise the following:\nI live in Rome.', ['Summarise the following:']],
    ['Act as a pirate. I live on a ship.', []],
    ['', []],
  ])('of %j', (text, expected) => {
    expect(quotableSentences(text)).toEqual(expected);
  });

  it('are parts of the text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const flat = text.replaceAll(/\s+/gu, ' ');
        for (const sentence of quotableSentences(text))
          expect(flat).toContain(sentence.replaceAll(/\s+/gu, ' '));
      }),
      { numRuns: 300 },
    );
  });
});

describe('statements', () => {
  it('are quoted as they were said', () => {
    expect(only('  Also, I prefer `tabs` — always!').text).toBe('  Also, I prefer `tabs` — always!');
    expect(statementsOf('My name is Ada, and I live in Oslo.').map(({ text }) => text)).toEqual([
      'My name is Ada',
      'I live in Oslo.',
    ]);
  });

  it('are not long texts', () => {
    expect(statementsOf(`I prefer ${'very '.repeat(200)}long sentences.`)).toEqual([]);
  });

  it('are parts of the sentence, and never throw, whatever it is', () => {
    const starts = [
      'I prefer ',
      'My name is ',
      'Remember that ',
      'We decided to ',
      '我喜欢',
      '我叫',
      '请记住',
      'Our database is ',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.string({ unit: 'binary', maxLength: 80 }), (start, rest) => {
        for (const statement of statementsOf(start + rest)) {
          expect(start + rest).toContain(statement.text);
          expect(keyOf(statement)).toBeTypeOf('string');
          expect(slugOf(statement)).toMatch(/^[^/\0]{1,100}$/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('compare without what stands before them', () => {
    expect(comparable('Also, I prefer tabs!')).toBe(comparable('i prefer  TABS'));
    expect(comparable('另外,我喜欢喝茶。')).toBe(comparable('我喜欢喝茶'));
    expect(comparable('I prefer tabs.')).not.toBe(comparable('I prefer spaces.'));
  });
});

describe('what a statement is about', () => {
  it.each([
    ['I prefer tabs over spaces.', 'I prefer spaces over tabs.'],
    ['I prefer tabs over spaces.', 'I always use tabs.'],
    ['I like dark mode in the editor.', 'I prefer light mode in the editor.'],
    ['I always use semicolons.', 'I never use semicolons.'],
    ['I prefer short answers.', 'I prefer detailed answers.'],
    ['My favourite editor is Vim.', 'My favourite editor is Helix.'],
    ['I live in Oslo.', 'I live in Bergen.'],
    ['My name is Ada.', 'My name is Grace.'],
    ['I prefer pytest for testing Python code.', 'I prefer unittest for testing Python code.'],
    ['Our database is MySQL.', 'Our database is PostgreSQL.'],
    ['我住在上海。', '我住在北京。'],
    ['我喜欢深色主题。', '我更喜欢浅色主题。'],
  ])('%s = %s', (left, right) => {
    expect(sameKey(left, right)).toBe(true);
    expect(slugOf(only(left))).toBe(slugOf(only(right)));
  });

  it.each([
    ['I prefer tea in the morning.', 'I prefer tabs over spaces.'],
    ['I live in Oslo.', 'I work at Siemens.'],
    ['Our database is MySQL.', 'Our cache is Redis.'],
    ['We decided to use Kafka.', 'We decided not to use Kafka.'],
    ['我喜欢喝茶。', '我喜欢喝咖啡。'],
  ])('%s ≠ %s', (left, right) => {
    expect(sameKey(left, right)).toBe(false);
  });
});
