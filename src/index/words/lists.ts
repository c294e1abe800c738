/** Growing lists of numbers without a JavaScript object per element. `data` is longer than `length`. */
type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

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

  /** Makes room for `size` elements in all. */
  reserve(size: number): void {
    if (size <= this.data.length) return;
    const larger = this.#make(Math.max(size, Math.ceil(this.data.length * 1.5)));
    larger.set(this.data);
    this.data = larger;
  }
}

export const uint32List = (): NumberList<Uint32Array> => new NumberList((size) => new Uint32Array(size));
export const float64List = (): NumberList<Float64Array> => new NumberList((size) => new Float64Array(size));
