/** Seed and prime of FNV-1a (Fowler, Noll and Vo), over UTF-16 code units. */
export const HASH_SEED = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;
/** The hash of a word and one more code unit. */
export function hashWith(hash: number, code: number): number {
  return Math.imul(hash ^ code, HASH_PRIME);
}

/** The hash of `text`, as `hashWith` makes it from `HASH_SEED`. */
export function hashOf(text: string): number {
  let hash = HASH_SEED;
  for (let at = 0; at < text.length; at++) hash = hashWith(hash, text.charCodeAt(at));
  return hash;
}

/** Of each place in the table: hash, number and 1 (0 is free), where the characters begin, how many they are. */
const PLACE = 4;
const FIRST_PLACES = 1_024;

/**
 * What is known of words, by numbers from 0 on, found by a piece of a text without making a string of it. Cutting a text
 * into words is mostly waiting for memory, so a lookup reads one place and the characters; nothing is ever taken out.
 */
export class WordTable<T> {
  /** Open addressing; at most half of the places are used. */
  #places = new Int32Array(FIRST_PLACES * PLACE);
  #placed = 0;
  #characters = new Uint16Array(FIRST_PLACES * 8);
  #used = 0;
  readonly #values: T[] = [];

  get size(): number {
    return this.#values.length;
  }

  /** What was given for a number. */
  at(number: number): T {
    return this.#values[number]!;
  }

  /** Number of the `length` characters of `text` from `start`, whose hash is `hash`; -1 for an unknown word. */
  find(text: string, start: number, length: number, hash: number): number {
    const places = this.#places;
    const mask = places.length / PLACE - 1;
    for (let place = mixed(hash) & mask; ; place = (place + 1) & mask) {
      const at = place * PLACE;
      const number = places[at + 1]! - 1;
      if (number === -1) return -1;
      if (places[at] !== hash || places[at + 3] !== length) continue;
      const characters = this.#characters;
      const from = places[at + 2]!;
      let same = 0;
      while (same < length && characters[from + same] === text.charCodeAt(start + same)) same++;
      if (same === length) return number;
    }
  }

  /** Adds an unknown word. Returns its number. */
  add(word: string, hash: number, value: T): number {
    if ((this.#placed + 1) * 2 * PLACE > this.#places.length) this.#grow();
    if (this.#used + word.length > this.#characters.length) {
      const larger = new Uint16Array((this.#used + word.length) * 2);
      larger.set(this.#characters);
      this.#characters = larger;
    }
    for (let at = 0; at < word.length; at++) this.#characters[this.#used + at] = word.charCodeAt(at);
    const number = this.append(value);
    this.#place([hash, number + 1, this.#used, word.length]);
    this.#used += word.length;
    return number;
  }

  /** Adds one that is never found again. Returns its number. */
  append(value: T): number {
    return this.#values.push(value) - 1;
  }

  #place(entry: ArrayLike<number>): void {
    const mask = this.#places.length / PLACE - 1;
    let place = mixed(entry[0]!) & mask;
    while (this.#places[place * PLACE + 1] !== 0) place = (place + 1) & mask;
    this.#places.set(entry, place * PLACE);
    this.#placed++;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(before.length * 2);
    this.#placed = 0;
    for (let at = 0; at < before.length; at += PLACE)
      if (before[at + 1] !== 0) this.#place(before.subarray(at, at + PLACE));
  }
}

/** The low bits of FNV depend on the low bits of what it reads only. */
function mixed(hash: number): number {
  return hash ^ (hash >>> 15);
}
