import { hash32 } from '../../../src/base/text/hash32.ts';

const LONG_WORD = /[A-Za-z]{5,}/g;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A question with a typing error in half of its words of five letters or more; always the same ones. */
export function withTypos(question: string): string {
  return question.replace(LONG_WORD, (word, at: number) => {
    const chance = hash32(`${question}\0${at}`);
    if (chance % 2 === 0) return word;
    const place = 1 + ((chance >>> 3) % (word.length - 2));
    const [before, letter, after] = [word.slice(0, place), word[place]!, word.slice(place + 1)];
    const other = LETTERS[(chance >>> 9) % LETTERS.length]!;
    switch ((chance >>> 1) % 4) {
      case 0:
        return before + after;
      case 1:
        return before + after.slice(0, 1) + letter + after.slice(1);
      case 2:
        return before + other + after;
      default:
        return before + other + letter + after;
    }
  });
}
