import { encodeVector, SCALE_BYTES } from './codec.ts';
import { nativeRows, plainRows, type RowComparison } from './compare-rows.ts';
import { byNearness, type Near } from './near.ts';

/** Of the vectors whose signs agree most with the query's, this many for each one wanted are compared in full. */
const RESCORED = 6;
const RESCORED_LEAST = 300;
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
  /** The first words of each row's signs, close together: what every vector in scope is compared by. */
  #sketches: Uint32Array;
  #used = 0;
  /** Memory of one question, used again by the next. */
  #candidates = new Uint32Array(FIRST_ROWS);
  /** Rows in use, in order, until one more or less is. */
  #live: Uint32Array | undefined;
  #products = new Float64Array(FIRST_ROWS);
  readonly #compare: RowComparison;

  constructor(dimensions: number, compare: RowComparison = nativeRows() ?? plainRows) {
    this.#compare = compare;
    this.#dimensions = dimensions;
    this.#signWords = Math.ceil(dimensions / 32);
    this.#bytes = new Int8Array(FIRST_ROWS * dimensions);
    this.#signs = new Uint32Array(FIRST_ROWS * this.#signWords);
    this.#sketches = new Uint32Array(this.#hasSketches ? FIRST_ROWS * SKETCH_WORDS : 0);
  }

  get #hasSketches(): boolean {
    return this.#signWords > SKETCH_WORDS;
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

  /** Makes room for so many vectors at once: growing bit by bit copies all of them each time. */
  reserve(vectors: number): void {
    if (vectors > this.#ids.length) this.#grow(vectors);
  }

  /** Takes a vector by its record. Returns false for bytes that are not one. */
  put(id: number, record: Uint8Array): boolean {
    if (record.length !== SCALE_BYTES + this.#dimensions) return false;
    const scale = new DataView(record.buffer, record.byteOffset).getFloat32(0, true);
    if (!Number.isFinite(scale)) return false;
    const known = this.#rows.get(id);
    const row = known ?? this.#free.pop() ?? this.#newRow();
    if (known === undefined) {
      this.#rows.set(id, row);
      this.#live = undefined;
    }
    this.#ids[row] = id;
    this.#scales[row] = scale;
    const at = row * this.#dimensions;
    this.#bytes.set(new Int8Array(record.buffer, record.byteOffset + SCALE_BYTES, this.#dimensions), at);
    const signsAt = row * this.#signWords;
    setSigns(this.#signs, signsAt, this.#bytes.subarray(at, at + this.#dimensions));
    if (this.#hasSketches)
      this.#sketches.set(this.#signs.subarray(signsAt, signsAt + SKETCH_WORDS), row * SKETCH_WORDS);
    return true;
  }

  delete(id: number): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.delete(id);
    this.#ids[row] = 0;
    this.#free.push(row);
    this.#live = undefined;
  }

  /** The vector of an id, or undefined. */
  get(id: number): Float32Array | undefined {
    const row = this.#rows.get(id);
    if (row === undefined) return undefined;
    const at = row * this.#dimensions;
    const scale = this.#scales[row]!;
    return Float32Array.from(this.#bytes.subarray(at, at + this.#dimensions), (value) => value * scale);
  }

  /** Cosines of a unit query and vectors, of which an id that has none is 0 away. */
  similarities(query: Float32Array, ids: readonly number[]): Float64Array {
    const known = ids.filter((id) => this.#rows.has(id));
    const products = this.#similarities(query, this.#rowsOf(known));
    const found = new Map(known.map((id, at) => [id, products[at]!]));
    return Float64Array.from(ids, (id) => found.get(id) ?? 0);
  }

  /** The `count` nearest of `ids`, nearest first; equals by id. */
  nearestOf(query: Float32Array, count: number, ids: Iterable<number>): Near[] {
    const known: number[] = [];
    for (const id of ids) if (this.#rows.has(id)) known.push(id);
    return this.#nearest(query, count, this.#rowsOf(known));
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
    if (rows.length > first && this.#hasSketches)
      rows = this.#alike(this.#sketches, wanted.subarray(0, SKETCH_WORDS), rows, first);
    if (rows.length > rescored) rows = this.#alike(this.#signs, wanted, rows, rescored);
    return this.#nearest(query, count, rows);
  }

  #nearest(query: Float32Array, count: number, rows: Uint32Array): Near[] {
    const products = this.#similarities(query, rows);
    const near = Array.from(rows, (row, at) => ({ id: this.#ids[row]!, similarity: products[at]! }));
    return near.sort(byNearness).slice(0, count);
  }

  #rowsOf(ids: readonly number[]): Uint32Array {
    return Uint32Array.from(ids, (id) => this.#rows.get(id)!);
  }

  /** Rows of those that may answer; the memory of `#live` is not to be written to. */
  #rowsIn(allowed: Uint32Array | undefined): Uint32Array {
    if (this.#candidates.length < this.#used) this.#candidates = new Uint32Array(this.#ids.length);
    this.#live ??= Uint32Array.from(this.#rows.values()).sort();
    if (allowed === undefined) return this.#live;
    const rows = this.#candidates;
    const ids = this.#ids;
    let count = 0;
    for (let at = 0; at < this.#live.length; at++) {
      const row = this.#live[at]!;
      const id = ids[row]!;
      if (((allowed[id >>> 5]! >>> (id & 31)) & 1) === 1) rows[count++] = row;
    }
    return rows.subarray(0, count);
  }

  /** About the `most` of `rows` whose bits differ least from those `wanted`; equals stay together. */
  #alike(bits: Uint32Array, wanted: Uint32Array, rows: Uint32Array, most: number): Uint32Array {
    const count = this.#compare.alikeRows(bits, wanted, rows, most, this.#candidates);
    return this.#candidates.subarray(0, count);
  }

  /** Cosines of a unit query and the vectors of some rows; good until the next question. */
  #similarities(query: Float32Array, rows: Uint32Array): Float64Array {
    if (this.#products.length < rows.length) this.#products = new Float64Array(rows.length * 2);
    const products = this.#products;
    this.#compare.multiplyRows(this.#bytes, query, rows, products);
    for (let at = 0; at < rows.length; at++) products[at]! *= this.#scales[rows[at]!]!;
    return products;
  }

  #newRow(): number {
    if (this.#used === this.#ids.length) this.#grow(Math.ceil(this.#used * (this.#used < 20_000 ? 2 : 1.2)));
    return this.#used++;
  }

  #grow(rows: number): void {
    this.#ids = larger(this.#ids, new Uint32Array(rows));
    this.#scales = larger(this.#scales, new Float32Array(rows));
    this.#bytes = larger(this.#bytes, new Int8Array(rows * this.#dimensions));
    this.#signs = larger(this.#signs, new Uint32Array(rows * this.#signWords));
    if (this.#hasSketches) this.#sketches = larger(this.#sketches, new Uint32Array(rows * SKETCH_WORDS));
  }
}

function larger<A extends Uint32Array | Float32Array | Int8Array>(old: A, next: A): A {
  next.set(old);
  return next;
}

/** Without a branch: signs are as good as random, so that it would be guessed wrong every other time. */
function setSigns(signs: Uint32Array, at: number, bytes: Int8Array): void {
  for (let word = 0; word * 32 < bytes.length; word++) {
    let bits = 0;
    const end = Math.min(bytes.length, word * 32 + 32);
    for (let component = word * 32; component < end; component++)
      bits |= (bytes[component]! >>> 31) << (component & 31);
    signs[at + word] = bits;
  }
}
