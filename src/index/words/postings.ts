import { grown, uint32List } from './lists.ts';

const FIRST_BLOCK = 2;
const LAST_BLOCK = 256;

export interface PostingParts {
  readonly arena: Uint32Array;
  readonly head: Uint32Array;
  readonly tail: Uint32Array;
  readonly count: Uint32Array;
}

/** The values of one term: the offset of its first block in `arena`, and how many they are. */
export interface PostingList {
  readonly arena: Uint32Array;
  readonly head: number;
  readonly count: number;
}

/**
 * For each term a list of 32-bit values, in one arena: a term's values lie in blocks of 2, 4, 8 … 256, each with the
 * offset of the next before it. A word that occurs once costs 12 bytes, not an array object; most words do.
 */
export class Postings {
  #arena: Uint32Array = new Uint32Array(4096);
  /** Offset 0 means "no block". */
  #used = 1;
  readonly #head = uint32List();
  /** Where the last block of a term begins. */
  readonly #tail = uint32List();
  readonly #count = uint32List();

  /** Makes terms up to `term` known; they have no values. */
  ensure(term: number): void {
    while (this.#head.length <= term) {
      this.#head.push(0);
      this.#tail.push(0);
      this.#count.push(0);
    }
  }

  count(term: number): number {
    return term < this.#count.length ? this.#count.at(term) : 0;
  }

  push(term: number, value: number): void {
    this.ensure(term);
    const count = this.#count.at(term);
    const { size, filled } = place(count);
    if (filled === 0) this.#appendBlock(term, size);
    this.#arena[this.#tail.at(term) + 1 + filled] = value;
    this.#count.data[term] = count + 1;
  }

  /** Where a term's values are, until more are pushed. */
  list(term: number): PostingList {
    const count = this.count(term);
    return { arena: this.#arena, head: count === 0 ? 0 : this.#head.at(term), count };
  }

  /** Copies a term's values to the start of `into` (made larger if need be) and returns the array that holds them. */
  read(term: number, into: Uint32Array): { readonly values: Uint32Array; readonly count: number } {
    return readPostings(this.list(term), into);
  }

  /** Everything it holds, for `adopt`; shares memory with it. */
  get parts(): PostingParts {
    return {
      arena: this.#arena.subarray(0, this.#used),
      head: this.#head.filled,
      tail: this.#tail.filled,
      count: this.#count.filled,
    };
  }

  /** Takes over the parts of another, which is not used again. */
  adopt({ arena, head, tail, count }: PostingParts): void {
    this.#arena = arena;
    this.#used = arena.length;
    this.#head.adopt(head);
    this.#tail.adopt(tail);
    this.#count.adopt(count);
  }

  #appendBlock(term: number, size: number): void {
    const block = this.#used;
    this.#used += size + 1;
    if (this.#used > this.#arena.length) {
      const larger = new Uint32Array(grown(this.#arena.length, this.#used));
      larger.set(this.#arena);
      this.#arena = larger;
    }
    this.#arena[block] = 0;
    if (this.#head.at(term) === 0) this.#head.data[term] = block;
    else this.#arena[this.#tail.at(term)] = block;
    this.#tail.data[term] = block;
  }
}

/** Copies the values of a list to the start of `into` (made larger if need be). */
export function readPostings(
  { arena, head, count }: PostingList,
  into: Uint32Array,
): { readonly values: Uint32Array; readonly count: number } {
  const values = into.length >= count ? into : new Uint32Array(Math.ceil(count * 1.25));
  let block = head;
  let size = FIRST_BLOCK;
  for (let at = 0; at < count; ) {
    const length = Math.min(size, count - at);
    if (length < 16) for (let i = 0; i < length; i++) values[at + i] = arena[block + 1 + i]!;
    else values.set(arena.subarray(block + 1, block + 1 + length), at);
    at += length;
    block = arena[block]!;
    size = Math.min(size * 2, LAST_BLOCK);
  }
  return { values, count };
}

/** Size of the block that value number `count` goes to, and how many values are in it already. */
function place(count: number): { size: number; filled: number } {
  // Blocks before the first of full size hold 2 + 4 + … + 128 values.
  const growing = LAST_BLOCK - FIRST_BLOCK;
  if (count >= growing) return { size: LAST_BLOCK, filled: (count - growing) % LAST_BLOCK };
  const size = 1 << (31 - Math.clz32(count + FIRST_BLOCK));
  return { size, filled: count + FIRST_BLOCK - size };
}
