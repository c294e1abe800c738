import { expect, it } from 'vitest';
import { textMatches } from '../../../src/control/text-matches.ts';

const offsets = async (text: string, words: string, limit = 100) =>
  (await textMatches(text, words, limit)).map(({ offset }) => offset);

it('finds words in any case, none within another, and counts characters', async () => {
  expect(await textMatches('𝄞𝄞 the NEEDLE', 'needle', 9)).toEqual([{ index: 9, offset: 7 }]);
  expect(await offsets('aAaAa', 'AA')).toEqual([0, 2]);
  expect(await offsets('ΟΔΟΣ οδος οδοσ', 'οδός'.normalize('NFD').replace(/\p{M}/gu, ''))).toEqual([0, 5, 10]);
  expect(await offsets('ÄPFEL äpfel', 'äPFEL')).toEqual([0, 6]);
  expect(await offsets('İstanbul', 'stanbul')).toEqual([1]);
  expect(await offsets('x𝄞y', '𝄞')).toEqual([1]);
  expect(await offsets('a.c abc a*c', 'A.C')).toEqual([0]);
  expect(await offsets('aaaa', 'a', 3)).toEqual([0, 1, 2]);
  expect(await offsets('', 'a')).toEqual([]);
  expect(await offsets('ab', 'abc')).toEqual([]);
});

it('agrees with a plain search, over whatever the words repeat', async () => {
  let state = 7;
  const letter = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return 'abA'[(state >>> 16) % 3] ?? '';
  };
  const text = Array.from({ length: 70_000 }, letter).join('');
  const low = text.toLowerCase();
  for (const words of ['ab', 'aab', 'abaab', 'aaaaaaaa', 'babbab', text.slice(32_760, 32_776)]) {
    const plain: number[] = [];
    for (let at = low.indexOf(words.toLowerCase()); at >= 0; ) {
      plain.push(at);
      at = low.indexOf(words.toLowerCase(), at + words.length);
    }
    expect(await offsets(text, words, 1e6), words).toEqual(plain);
    expect(plain.length).toBeGreaterThan(0);
  }
});

it('takes the time of reading once, and gives others their turn', async () => {
  let turns = 0;
  let isDone = false;
  const others = (async () => {
    for (; !isDone; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  })();
  // Compared letter by letter at each place, this would be 34 thousand million steps.
  expect(await offsets('a'.repeat(8 * 1024 * 1024), `${'a'.repeat(4_094)}b`)).toEqual([]);
  isDone = true;
  await others;
  expect(turns).toBeGreaterThan(2);
}, 10_000);
