import { describe, expect, it } from 'vitest';
import { coveringPhrases, type Subject } from '../../../src/layers/title-cover.ts';

const cover = (
  subjects: readonly (string | Subject)[],
  room: number,
  { said = [], faint = [] }: { said?: string[]; faint?: string[] } = {},
): string[] =>
  coveringPhrases(
    subjects.map((subject) => (typeof subject === 'string' ? { text: subject, phrase: subject } : subject)),
    { said: new Set(said), faint: new Set(faint), room },
  );

describe('what covers the titles of a directory', () => {
  it('is all of them where there is room', () => {
    expect(cover(['Compaction', 'Journal'], 100).sort()).toEqual(['Compaction', 'Journal']);
  });

  it('never takes more room than there is, separators included', () => {
    const titles = Array.from({ length: 60 }, (_, at) => `quince${at} zephyr${at} marmalade`);
    for (const room of [0, 5, 30, 120, 200])
      expect(cover(titles, room).join(', ').length).toBeLessThanOrEqual(room);
  });

  it('is the word that many share before names of a few', () => {
    const titles = Array.from(
      { length: 20 },
      (_, at) => `Zephyr of the ${'abcdefghijklmnopqrst'[at]}ington valley`,
    );
    expect(cover(titles, 24)[0]).toBe('zephyr');
  });

  it('leaves out what was said, and words of the path are worth little', () => {
    expect(cover(['Cache', 'Journal'], 100, { said: ['cach'] })).toEqual(['Journal']);
    const titles = ['Nova quince', 'Nova zephyr', 'Nova marmalade'];
    expect(cover(titles, 6)).toEqual(['nova']);
    expect(cover(titles, 6, { faint: ['nova'] })).not.toContain('nova marmalade');
    expect(cover(titles, 30, { faint: ['nova'] })).not.toContain('nova');
  });

  it('takes words of a sentence and the name of its file', () => {
    const subjects = [
      { text: 'Parses marmalade recipes. parser', phrase: 'parser' },
      { text: 'Prints marmalade labels. printer', phrase: 'printer' },
    ];
    expect(cover(subjects, 40)).toEqual(expect.arrayContaining(['marmalade', 'parser', 'printer']));
  });

  it('is the same each time and knows Chinese and Japanese words', () => {
    const titles = ['预写日志的格式', '预写日志的压缩', 'データの圧縮'];
    expect(cover(titles, 60)).toEqual(cover(titles, 60));
    expect(cover(titles, 4)).toContain('日志');
  });

  it('is nothing for titles without words', () => {
    expect(cover(['—', '', '…'], 50)).toEqual([]);
  });
});
