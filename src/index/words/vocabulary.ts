import type { Word, WordRun } from '../../base/text/tokenize.ts';
import type { WordTable } from '../../base/text/word-table.ts';
import { editDistance } from './edit-distance.ts';
import { uint32List } from './lists.ts';

/** Letters a query word must have before words one and two edits away are looked for. */
const ONE_EDIT_LETTERS = 4;
const TWO_EDITS_LETTERS = 8;

/** A known word near an unknown one. */
export interface NearWord {
  readonly term: number;
  readonly distance: 1 | 2;
}

/** Words and their numbers. Numbers are given in order of arrival and never taken back. */
export class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  /** Which letters a word has, one bit each: words far apart in letters are far apart in edits. */
  readonly #letters = uint32List();
  /** The table that words were last read with, and the number and 1 of each of them that is one term; 0 is not known. */
  #table: WordTable<Word> | undefined;
  #single = new Uint32Array(1_024);

  get size(): number {
    return this.#words.length;
  }

  number(word: string): number | undefined {
    return this.#numbers.get(word);
  }

  word(number: number): string {
    return this.#words[number]!;
  }

  add(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    // A match of a regular expression keeps the whole text it came from alive; a fresh string does not.
    const own = Buffer.from(word, 'utf8').toString('utf8');
    const number = this.#words.push(own) - 1;
    this.#numbers.set(own, number);
    this.#letters.push(letters(own));
    return number;
  }

  /** Adds the terms of the words of a run, in order: calls `visit` with the number of each. */
  addRun({ table, numbers }: WordRun, visit: (number: number) => void): void {
    if (this.#table !== table) {
      this.#table = table;
      this.#single.fill(0);
    }
    if (this.#single.length < table.size) {
      const larger = new Uint32Array(table.size * 2);
      larger.set(this.#single);
      this.#single = larger;
    }
    const single = this.#single;
    for (let at = 0; at < numbers.length; at++) {
      const word = numbers[at]!;
      const known = single[word]!;
      if (known !== 0) {
        visit(known - 1);
        continue;
      }
      const { terms } = table.at(word);
      for (const term of terms) {
        const number = this.add(term);
        if (terms.length === 1) single[word] = number + 1;
        visit(number);
      }
    }
  }

  /** Every word in order, each ended by a line end, which is in no word. */
  bytes(): Uint8Array {
    return Buffer.from(this.#words.map((word) => `${word}\n`).join(''));
  }

  static of(bytes: Uint8Array): Vocabulary {
    const vocabulary = new Vocabulary();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    for (const word of text.split('\n')) if (word !== '') vocabulary.add(word);
    return vocabulary;
  }

  /** Words one edit from `word` (from 4 letters on) and two edits (from 8 letters on), in no order. */
  near(word: string): NearWord[] {
    const limit = word.length >= TWO_EDITS_LETTERS ? 2 : word.length >= ONE_EDIT_LETTERS ? 1 : 0;
    const found: NearWord[] = [];
    if (limit === 0) return found;
    const bits = letters(word);
    for (let number = 0; number < this.#words.length; number++) {
      if (ones(bits ^ this.#letters.at(number)) > 2 * limit) continue;
      const other = this.#words[number]!;
      if (Math.abs(other.length - word.length) > limit) continue;
      const distance = editDistance(word, other, limit);
      if (distance === 1 || (distance === 2 && limit === 2)) found.push({ term: number, distance });
    }
    return found;
  }
}

function letters(word: string): number {
  let bits = 0;
  for (let at = 0; at < word.length; at++) bits |= 1 << (word.charCodeAt(at) & 31);
  return bits >>> 0;
}

function ones(value: number): number {
  let bits = value - ((value >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
