/** Elements from which on a list grows slowly. */
const LARGE = 1_000_000;

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Growing lists of numbers without a JavaScript object per element. `data` is longer than `length`. */
export class NumberList<A extends Numbers> {
  data: A;
  length = 0;
  readonly #make: (size: number) => A;

  constructor(make: (size: number) => A, capacity = 256) {
    this.#make = make;
    this.data = make(capacity);
  }

  push(value: number): number {
    if (this.length === this.data.length) this.reserve(this.length + 1);
    this.data[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    return this.data[index]!;
  }

  /** The elements alone; shares their memory until the list grows. */
  get filled(): A {
    return this.data.subarray(0, this.length) as A;
  }

  /** Takes over the elements of `data`. */
  adopt(data: A): void {
    this.data = data;
    this.length = data.length;
  }

  /** Makes room for `size` elements in all. */
  reserve(size: number): void {
    if (size <= this.data.length) return;
    const larger = this.#make(grown(this.data.length, size));
    larger.set(this.data);
    this.data = larger;
  }
}

/** A new capacity of at least `size`: half as much again while small, an eighth when that would be megabytes of air. */
export function grown(length: number, size: number): number {
  return Math.max(size, Math.ceil(length * (length < LARGE ? 1.5 : 1.125)), 16);
}

export const uint32List = (): NumberList<Uint32Array> => new NumberList((size) => new Uint32Array(size));
export const float64List = (): NumberList<Float64Array> => new NumberList((size) => new Float64Array(size));
