/** Seed and prime of FNV-1a (Fowler, Noll and Vo), over UTF-16 code units. */
export const HASH_SEED = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;
/** V8 makes a substring of at least so many characters a view of the text it is from, which then stays in memory. */
const VIEW_CHARS = 13;

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

/** A copy that keeps no longer text alive. */
export function ownText(text: string): string {
  return text.length < VIEW_CHARS ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}

/**
 * What is known of words, found by a piece of a text without making a string of it: a lookup is most of the time that
 * cutting a text into words takes. Open addressing; nothing is ever taken out.
 */
export class WordTable<T> {
  readonly limit: number;
  /** Number of a word and 1, by hash; 0 is free. At most half of them are used. */
  readonly #places: Int32Array;
  readonly #hashes: Int32Array;
  readonly #texts: string[] = [];
  readonly #values: T[] = [];

  /** Room for `limit` words. */
  constructor(limit: number) {
    this.limit = limit;
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(limit * 2)));
    this.#hashes = new Int32Array(limit);
  }

  get isFull(): boolean {
    return this.#texts.length >= this.limit;
  }

  /** What was put for `length` characters of `text` from `start`, whose hash is `hash`; undefined for an unknown word. */
  get(text: string, start: number, length: number, hash: number): T | undefined {
    const mask = this.#places.length - 1;
    for (let place = mixed(hash) & mask; ; place = (place + 1) & mask) {
      const number = this.#places[place]! - 1;
      if (number === -1) return undefined;
      if (this.#hashes[number] === hash && isAt(text, start, length, this.#texts[number]!))
        return this.#values[number];
    }
  }

  /** Adds an unknown word. There must be room. */
  put(word: string, hash: number, value: T): void {
    const mask = this.#places.length - 1;
    let place = mixed(hash) & mask;
    while (this.#places[place] !== 0) place = (place + 1) & mask;
    this.#hashes[this.#texts.length] = hash;
    this.#places[place] = this.#texts.push(word);
    this.#values.push(value);
  }
}

/** The low bits of FNV depend on the low bits of what it reads only. */
function mixed(hash: number): number {
  return hash ^ (hash >>> 15);
}

function isAt(text: string, start: number, length: number, word: string): boolean {
  if (word.length !== length) return false;
  for (let at = 0; at < length; at++) if (text.charCodeAt(start + at) !== word.charCodeAt(at)) return false;
  return true;
}
