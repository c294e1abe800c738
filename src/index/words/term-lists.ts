import { grown, uint32List } from './lists.ts';

/**
 * The distinct terms of each passage and how often it has them, in one arena: ascending numbers as varint differences,
 * the lowest bit saying whether a count other than 1 follows. Frequent words have low numbers, so a term takes about
 * two bytes.
 */
export class TermLists {
  #bytes: Uint8Array = new Uint8Array(64 * 1024);
  #used = 0;
  /** Where the list of each slot begins. */
  readonly #starts = uint32List();

  get length(): number {
    return this.#starts.length;
  }

  /** Adds the list of the next slot: the first `count` of `terms` (ascending, distinct) and `counts`. */
  push(terms: Uint32Array, counts: Uint32Array, count: number): void {
    this.#starts.push(this.#used);
    this.#reserve(this.#used + 5 + count * 10);
    this.#write(count);
    let before = 0;
    for (let at = 0; at < count; at++) {
      const isOnce = counts[at] === 1;
      this.#write((terms[at]! - before) * 2 + (isOnce ? 0 : 1));
      if (!isOnce) this.#write(counts[at]!);
      before = terms[at]!;
    }
  }

  /** Visits the terms of a slot in ascending order. */
  forEach(slot: number, visit: (term: number, count: number) => void): void {
    const bytes = this.#bytes;
    let at = this.#starts.at(slot);
    let term = 0;
    let left = -1;
    // One loop reads every number, most of them of one byte or two; the first tells how many terms follow.
    for (let pending = -1; left !== 0; ) {
      let value = bytes[at++]!;
      if (value >= 128) {
        value -= 128;
        for (let scale = 128; ; scale *= 128) {
          const byte = bytes[at++]!;
          value += (byte & 127) * scale;
          if (byte < 128) break;
        }
      }
      if (left === -1) left = value;
      else if (pending !== -1) {
        visit(pending, value);
        pending = -1;
        left--;
      } else {
        term += Math.floor(value / 2);
        if (value % 2 === 0) {
          visit(term, 1);
          left--;
        } else pending = term;
      }
    }
  }

  /** Everything it holds, for `adopt`; shares memory with it. */
  get parts(): { readonly bytes: Uint8Array; readonly starts: Uint32Array } {
    return { bytes: this.#bytes.subarray(0, this.#used), starts: this.#starts.filled };
  }

  adopt({ bytes, starts }: { readonly bytes: Uint8Array; readonly starts: Uint32Array }): void {
    this.#bytes = bytes;
    this.#used = bytes.length;
    this.#starts.adopt(starts);
  }

  #write(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#used++] = (rest % 128) | 128;
    this.#bytes[this.#used++] = rest;
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(grown(this.#bytes.length, size));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}
