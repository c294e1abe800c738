import { encodeVector, SCALE_BYTES } from './codec.ts';
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
  #distances = new Uint16Array(FIRST_ROWS);

  constructor(dimensions: number) {
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
    if (rows.length > first && this.#hasSketches) rows = this.#sketchedNear(rows, wanted, first);
    if (rows.length > rescored) rows = this.#agreeing(rows, wanted, rescored);
    const near: Near[] = [];
    for (const row of rows) near.push({ id: this.#ids[row]!, similarity: this.#similarity(query, row) });
    return near.sort(byNearness).slice(0, count);
  }

  #rowsIn(allowed: Uint32Array | undefined): Uint32Array {
    if (this.#candidates.length < this.#used) {
      this.#candidates = new Uint32Array(this.#ids.length);
      this.#distances = new Uint16Array(this.#ids.length);
    }
    const rows = this.#candidates;
    const ids = this.#ids;
    let count = 0;
    for (let row = 0; row < this.#used; row++) {
      const id = ids[row]!;
      if (id === 0) continue;
      if (allowed === undefined || ((allowed[id >>> 5]! >>> (id & 31)) & 1) === 1) rows[count++] = row;
    }
    return rows.subarray(0, count);
  }

  /** About the `most` of `rows` that differ least from the first signs `wanted`; equals stay together. */
  #sketchedNear(rows: Uint32Array, wanted: Uint32Array, most: number): Uint32Array {
    const sketches = this.#sketches;
    const distances = this.#distances;
    const counts = new Uint32Array(SKETCH_WORDS * 32 + 1);
    const [w0, w1, w2, w3, w4, w5, w6, w7] = new Int32Array(wanted) as unknown as Sketch;
    for (let index = 0; index < rows.length; index++) {
      const at = rows[index]! * SKETCH_WORDS;
      // Counts of two bits, then of four; two words of these fit into fields of four bits, all eight into bytes.
      const a = nibbles(w0 ^ sketches[at]!) + nibbles(w1 ^ sketches[at + 1]!);
      const b = nibbles(w2 ^ sketches[at + 2]!) + nibbles(w3 ^ sketches[at + 3]!);
      const c = nibbles(w4 ^ sketches[at + 4]!) + nibbles(w5 ^ sketches[at + 5]!);
      const d = nibbles(w6 ^ sketches[at + 6]!) + nibbles(w7 ^ sketches[at + 7]!);
      const bytes = octets(a) + octets(b) + octets(c) + octets(d);
      const pairs = (bytes & 0x00ff00ff) + ((bytes >>> 8) & 0x00ff00ff);
      const distance = (pairs + (pairs >>> 16)) & 0x3ff;
      distances[index] = distance;
      counts[distance]!++;
    }
    return withinBound(rows, distances, boundOf(counts, most));
  }

  /** The same by all signs. */
  #agreeing(rows: Uint32Array, wanted: Uint32Array, most: number): Uint32Array {
    const distances = this.#distances;
    const signed = new Int32Array(wanted);
    const counts = new Uint32Array(wanted.length * 32 + 1);
    for (let at = 0; at < rows.length; at++) {
      const distance = this.#distance(signed, rows[at]!);
      distances[at] = distance;
      counts[distance]!++;
    }
    return withinBound(rows, distances, boundOf(counts, most));
  }

  /** Signs that differ; `wanted` has whole vectors' words. */
  #distance(wanted: Int32Array, row: number): number {
    const signs = this.#signs;
    const at = row * this.#signWords;
    let sum = 0;
    let word = 0;
    for (; word + 4 <= wanted.length; word += 4) {
      const a =
        nibbles(wanted[word]! ^ signs[at + word]!) + nibbles(wanted[word + 1]! ^ signs[at + word + 1]!);
      const b =
        nibbles(wanted[word + 2]! ^ signs[at + word + 2]!) +
        nibbles(wanted[word + 3]! ^ signs[at + word + 3]!);
      sum += Math.imul(octets(a) + octets(b), 0x01010101) >>> 24;
    }
    for (; word < wanted.length; word++)
      sum += Math.imul(octets(nibbles(wanted[word]! ^ signs[at + word]!)), 0x01010101) >>> 24;
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
      if (this.#hasSketches) this.#sketches = larger(this.#sketches, new Uint32Array(rows * SKETCH_WORDS));
    }
    return this.#used++;
  }
}

type Sketch = readonly [number, number, number, number, number, number, number, number];

/** Bits set in each four of a word, in four bits each. */
function nibbles(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  return (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
}

/** Sums of two neighbouring fields of four bits, in eight bits each. */
function octets(word: number): number {
  return (word & 0x0f0f0f0f) + ((word >>> 4) & 0x0f0f0f0f);
}

/** The distance up to which at least `most` are counted. */
function boundOf(counts: Uint32Array, most: number): number {
  let bound = 0;
  for (let sum = counts[0]!; sum < most && bound < counts.length - 1; sum += counts[bound]!) bound++;
  return bound;
}

/** Keeps those of `rows` that are not farther than `bound`, in place. */
function withinBound(rows: Uint32Array, distances: Uint16Array, bound: number): Uint32Array {
  let count = 0;
  for (let at = 0; at < rows.length; at++) if (distances[at]! <= bound) rows[count++] = rows[at]!;
  return rows.subarray(0, count);
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
