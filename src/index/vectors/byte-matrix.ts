import { encodeVector, SCALE_BYTES } from './codec.ts';
import { byNearness, type Near } from './near.ts';

/** Of the vectors whose signs agree most with the query's, this many for each one wanted are compared in full. */
const RESCORED = 8;
const RESCORED_LEAST = 400;
/** Ten times as many have all their signs compared, chosen by the first 256: what is left out then was far by 3 deviations. */
const SKETCHED = 10;
const SKETCH_WORDS = 8;
const FIRST_ROWS = 256;

/**
 * Vectors in memory as signed bytes, and one bit a component for its sign. 1,024 components take 1.2 KB where floats
 * take 4. Signs alone tell far from near (the share of signs that differ estimates the angle, Charikar 2002) at 32
 * components an instruction, so that only a few hundred vectors need be compared in full.
 */
export class ByteMatrix {
  readonly #dimensions: number;
  readonly #signWords: number;
  readonly #rows = new Map<number, number>();
  readonly #free: number[] = [];
  #ids = new Uint32Array(FIRST_ROWS);
  #scales = new Float32Array(FIRST_ROWS);
  #bytes: Int8Array;
  #signs: Uint32Array;
  #used = 0;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
    this.#signWords = Math.ceil(dimensions / 32);
    this.#bytes = new Int8Array(FIRST_ROWS * dimensions);
    this.#signs = new Uint32Array(FIRST_ROWS * this.#signWords);
  }

  get size(): number {
    return this.#rows.size;
  }

  has(id: number): boolean {
    return this.#rows.has(id);
  }

  ids(): Iterable<number> {
    return this.#rows.keys();
  }

  /** Takes a vector by its record. Returns false for bytes that are not one. */
  put(id: number, record: Uint8Array): boolean {
    if (record.length !== SCALE_BYTES + this.#dimensions) return false;
    const scale = new DataView(record.buffer, record.byteOffset).getFloat32(0, true);
    if (!Number.isFinite(scale)) return false;
    const row = this.#rows.get(id) ?? this.#free.pop() ?? this.#newRow();
    this.#rows.set(id, row);
    this.#ids[row] = id;
    this.#scales[row] = scale;
    const at = row * this.#dimensions;
    this.#bytes.set(new Int8Array(record.buffer, record.byteOffset + SCALE_BYTES, this.#dimensions), at);
    setSigns(this.#signs, row * this.#signWords, this.#bytes.subarray(at, at + this.#dimensions));
    return true;
  }

  delete(id: number): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.delete(id);
    this.#ids[row] = 0;
    this.#free.push(row);
  }

  /** The vector of an id, or undefined. */
  get(id: number): Float32Array | undefined {
    const row = this.#rows.get(id);
    if (row === undefined) return undefined;
    const at = row * this.#dimensions;
    const scale = this.#scales[row]!;
    return Float32Array.from(this.#bytes.subarray(at, at + this.#dimensions), (value) => value * scale);
  }

  /** Cosine of a unit query and a vector; 0 for an id that has none. */
  similarity(query: Float32Array, id: number): number {
    const row = this.#rows.get(id);
    return row === undefined ? 0 : this.#similarity(query, row);
  }

  /** The `count` nearest of `ids`, nearest first; equals by id. */
  nearestOf(query: Float32Array, count: number, ids: Iterable<number>): Near[] {
    const near: Near[] = [];
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row !== undefined) near.push({ id, similarity: this.#similarity(query, row) });
    }
    return near.sort(byNearness).slice(0, count);
  }

  /**
   * The nearest of those whose id has its bit in `allowed` (all, if undefined). First the signs of a few components are
   * compared, then of those rows that agree best all signs, then of the best of these the vectors: a wide search reads
   * 32 bytes of most vectors. No other row is looked at.
   */
  nearestBySigns(query: Float32Array, count: number, allowed: Uint32Array | undefined): Near[] {
    const wanted = new Uint32Array(this.#signWords);
    setSigns(wanted, 0, new Int8Array(encodeVector(query).buffer, SCALE_BYTES, this.#dimensions));
    let rows = this.#rowsIn(allowed);
    const rescored = Math.max(count * RESCORED, RESCORED_LEAST);
    const first = rescored * SKETCHED;
    if (rows.length > first && this.#signWords > SKETCH_WORDS)
      rows = this.#agreeing(rows, wanted.subarray(0, SKETCH_WORDS), first);
    if (rows.length > rescored) rows = this.#agreeing(rows, wanted, rescored);
    const near: Near[] = [];
    for (const row of rows) near.push({ id: this.#ids[row]!, similarity: this.#similarity(query, row) });
    return near.sort(byNearness).slice(0, count);
  }

  #rowsIn(allowed: Uint32Array | undefined): Uint32Array {
    const rows = new Uint32Array(this.#used);
    let count = 0;
    for (let row = 0; row < this.#used; row++) {
      const id = this.#ids[row]!;
      if (id === 0) continue;
      if (allowed === undefined || ((allowed[id >>> 5]! >>> (id & 31)) & 1) === 1) rows[count++] = row;
    }
    return rows.subarray(0, count);
  }

  /** About the `most` of `rows` that differ least from the signs `wanted`; equals stay together. */
  #agreeing(rows: Uint32Array, wanted: Uint32Array, most: number): Uint32Array {
    const distances = new Uint16Array(rows.length);
    const counts = new Uint32Array(wanted.length * 32 + 1);
    for (let at = 0; at < rows.length; at++) {
      const distance = this.#distance(wanted, rows[at]!);
      distances[at] = distance;
      counts[distance]!++;
    }
    let bound = 0;
    for (let sum = counts[0]!; sum < most && bound < counts.length - 1; sum += counts[bound]!) bound++;
    return rows.filter((_, at) => distances[at]! <= bound);
  }

  #distance(wanted: Uint32Array, row: number): number {
    const signs = this.#signs;
    let sum = 0;
    const at = row * this.#signWords;
    for (let word = 0; word < wanted.length; word++) {
      let bits = wanted[word]! ^ signs[at + word]!;
      bits -= (bits >>> 1) & 0x55555555;
      bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
      sum += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return sum;
  }

  #similarity(query: Float32Array, row: number): number {
    const bytes = this.#bytes;
    const at = row * this.#dimensions;
    let sum = 0;
    for (let component = 0; component < query.length; component++)
      sum += query[component]! * bytes[at + component]!;
    return sum * this.#scales[row]!;
  }

  #newRow(): number {
    if (this.#used === this.#ids.length) {
      const rows = Math.ceil(this.#used * (this.#used < 20_000 ? 2 : 1.2));
      this.#ids = larger(this.#ids, new Uint32Array(rows));
      this.#scales = larger(this.#scales, new Float32Array(rows));
      this.#bytes = larger(this.#bytes, new Int8Array(rows * this.#dimensions));
      this.#signs = larger(this.#signs, new Uint32Array(rows * this.#signWords));
    }
    return this.#used++;
  }
}

function larger<A extends Uint32Array | Float32Array | Int8Array>(old: A, next: A): A {
  next.set(old);
  return next;
}

function setSigns(signs: Uint32Array, at: number, bytes: Int8Array): void {
  for (let word = 0; word * 32 < bytes.length; word++) {
    let bits = 0;
    const end = Math.min(bytes.length, word * 32 + 32);
    for (let component = word * 32; component < end; component++)
      if (bytes[component]! < 0) bits |= 1 << (component & 31);
    signs[at + word] = bits;
  }
}
