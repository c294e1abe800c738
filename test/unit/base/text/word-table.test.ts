import { describe, expect, it } from 'vitest';
import { stem, surfaceWords, tokenize, wordsOf } from '../../../../src/base/text/tokenize.ts';
import { hashOf, WordTable } from '../../../../src/base/text/word-table.ts';

describe('words found without a string of their own', () => {
  it('are those of the regular expression they stand for', () => {
    const pieces = [
      'a',
      'Ab',
      'zZ',
      '9',
      '_',
      "'",
      "'",
      ' ',
      '\n',
      '-',
      '.',
      "'s",
      'fooBar',
      'don',
      "'t",
      '@',
      '`',
    ];
    let state = 12345;
    const next = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    for (let round = 0; round < 3_000; round++) {
      const text = Array.from({ length: next(14) }, () => pieces[next(pieces.length)]!).join('');
      const words = text.match(/[A-Za-z0-9_]+(?:'[A-Za-z]+)*/g) ?? [];
      expect(wordsOf(text).length, JSON.stringify(text)).toBe(words.length);
      expect(tokenize(text), JSON.stringify(text)).toEqual(words.flatMap(tokenize));
      // The same words where one other character makes the text one that is not ASCII.
      expect(surfaceWords(`${text} é`), JSON.stringify(text)).toEqual(surfaceWords(text));
    }
  });

  it('are kept apart when they have the same hash', () => {
    for (const [one, other] of [
      ['costarring', 'liquid'],
      ['declinate', 'macallums'],
      ['altarage', 'zinke'],
    ] as const) {
      expect(hashOf(one)).toBe(hashOf(other));
      expect(surfaceWords(`${one} ${other} ${one}`)).toEqual([one, other, one]);
      expect(tokenize(`${other} ${one}`)).toEqual([stem(other), stem(one)]);
    }
  });

  it('stay the same when more were seen than are remembered', () => {
    const word = (at: number): string =>
      `w${at.toString(36).replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!)}x`;
    const before = tokenize(Array.from({ length: 500 }, (_, at) => word(at)).join(' '));
    for (let from = 0; from < 200_000; from += 1_000)
      tokenize(Array.from({ length: 1_000 }, (_, at) => word(from + at)).join(' '));
    expect(tokenize(Array.from({ length: 500 }, (_, at) => word(at)).join(' '))).toEqual(before);
    expect(before).toHaveLength(500);
  });

  it('have a stem for each of their forms', () => {
    for (const { surface, stems } of wordsOf(
      "createSession the users' bought_mice 使用 HTTPServers x 12 été",
    ))
      expect(stems).toEqual(surface.map(stem));
  });
});

describe('a table of words', () => {
  it('finds what it was given by any text that has it, and nothing else, however many there are', () => {
    const table = new WordTable<string>();
    const words = Array.from({ length: 5_000 }, (_, at) => `wort${at}ß`);
    for (const [at, word] of words.entries()) expect(table.add(word, hashOf(word), word)).toBe(at);
    expect(table.append('never found')).toBe(words.length);
    expect(table.size).toBe(words.length + 1);
    const text = words.join(' ');
    let start = 0;
    for (const [at, word] of words.entries()) {
      expect(table.find(text, start, word.length, hashOf(word))).toBe(at);
      expect(table.at(at)).toBe(word);
      const longer = `${word}x`;
      expect(table.find(longer, 0, longer.length, hashOf(longer))).toBe(-1);
      expect(table.find(longer, 0, longer.length, hashOf(word))).toBe(-1);
      start += word.length + 1;
    }
  });
});
