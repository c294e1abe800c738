import { describe, expect, it } from 'vitest';
import { ADDON_PROTOCOL, requireAddon } from '../../../src/base/native-addon.ts';
import { ByteMatrix } from '../../../src/index/vectors/byte-matrix.ts';
import { encodeVector } from '../../../src/index/vectors/codec.ts';
import { nativeRows, plainRows, type RowComparison } from '../../../src/index/vectors/compare-rows.ts';

/** Numbers from -1 to 1, the same in every run (xorshift32). */
function noise(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  };
}

function vector(random: () => number, dimensions: number): Float32Array {
  const values = Float32Array.from({ length: dimensions }, random);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** The addon is built before the tests are run (`scripts/check`). */
function builtRows(): RowComparison {
  const rows = nativeRows();
  if (rows === undefined)
    throw new Error('the addon is missing or older than its sources: run `npm run build:native`');
  return rows;
}
const native = builtRows();

describe('rows compared by the addon and in JavaScript', () => {
  it.each([1, 7, 8, 9, 33, 100, 255, 384, 1_000, 1_024])('are the same, %i components', (dimensions) => {
    const random = noise(dimensions);
    const count = 40;
    const bytes = Int8Array.from({ length: count * dimensions }, () => random() * 128);
    const query = vector(random, dimensions);
    // Not all of them, not in order, one twice.
    const rows = Uint32Array.from({ length: count }, () => Math.floor((random() + 1) * 0.5 * count));
    const products = [native, plainRows].map((compare) => {
      const found = new Float64Array(count);
      compare.multiplyRows(bytes, query, rows, found);
      return found;
    });
    expect(products[0]).toEqual(products[1]);
    const plainly = Array.from(query).reduce((sum, q, at) => sum + q * bytes[rows[3]! * dimensions + at]!, 0);
    expect(products[0]![3]).toBeCloseTo(plainly, 8);
    expect(products[0]!.some((product) => product !== 0)).toBe(true);
  });

  it.each([1, 2, 3, 4, 5, 8, 31, 32])('agree on which are alike, %i words', (words) => {
    const random = noise(words);
    const count = 50;
    const word = (): number => Math.floor((random() + 1) * 2 ** 31);
    const bits = Uint32Array.from({ length: count * words }, word);
    const wanted = Uint32Array.from({ length: words }, word);
    bits.set(wanted, 2 * words);
    bits.set(
      wanted.map((value) => ~value),
      5 * words,
    );
    const rows = Uint32Array.from({ length: count }, (_, at) => count - 1 - at);
    for (const most of [1, 10, 49, 50, 60]) {
      const [mine, theirs] = [native, plainRows].map((compare) => {
        const into = rows.slice();
        return into.subarray(0, compare.alikeRows(bits, wanted, into, most, into));
      });
      expect(mine).toEqual(theirs);
      expect(mine!.length).toBeGreaterThanOrEqual(Math.min(most, count));
      expect(mine).toContain(2);
      // The complement is the last that would be taken.
      expect(mine!.includes(5)).toBe(most >= count);
    }
    expect(native.alikeRows(bits, wanted, rows, 1, new Uint32Array(count))).toBe(1);
  });

  it('are ranked the same among many vectors, whether room for them was reserved or grew', () => {
    const dimensions = 384;
    const random = noise(5);
    const reserved = new ByteMatrix(dimensions, native);
    const matrices = [new ByteMatrix(dimensions, native), new ByteMatrix(dimensions, plainRows), reserved];
    const centres = Array.from({ length: 30 }, () => vector(random, dimensions));
    const near = (centre: Float32Array): Float32Array => {
      const values = centre.map((value) => value + 0.05 * random());
      const length = Math.hypot(...values);
      return values.map((value) => value / length);
    };
    for (let id = 1; id <= 4_000; id++) {
      const record = encodeVector(near(centres[id % centres.length]!));
      for (const matrix of matrices) matrix.put(id, record);
      // Room for less than there will be, and room for less than there is.
      if (id === 40) reserved.reserve(3_500);
      if (id === 400) reserved.reserve(100);
    }
    for (const matrix of matrices) matrix.delete(77);
    const even = new Uint32Array(4_001 / 32 + 1).fill(0x5555_5555);
    for (const allowed of [undefined, even]) {
      const query = near(centres[7]!);
      const [mine, theirs, withRoom] = matrices.map((matrix) => matrix.nearestBySigns(query, 20, allowed));
      expect(mine).toEqual(theirs);
      expect(withRoom).toEqual(mine);
      expect(mine).toHaveLength(20);
      // Of 130 that share its centre or, of the even ones, half.
      expect(mine!.every(({ id }) => id % 30 === 7 || allowed !== undefined)).toBe(true);
    }
  });
});

describe('the addon', () => {
  it('refuses what lies outside of an array, and writes nothing then', () => {
    const products = new Float64Array(2).fill(9);
    const query = new Float32Array(4);
    const rows = Uint32Array.of(0, 2);
    expect(() => native.multiplyRows(new Int8Array(8), query, rows, products)).toThrow(RangeError);
    expect(() => native.multiplyRows(new Int8Array(12), query, rows, new Float64Array(1))).toThrow(
      RangeError,
    );
    expect([...products]).toEqual([9, 9]);
    const into = new Uint32Array(2).fill(9);
    const alike = (bits: Uint32Array, room: Uint32Array): number =>
      native.alikeRows(bits, new Uint32Array(2), rows, 1, room);
    expect(() => alike(new Uint32Array(4), into)).toThrow(RangeError);
    expect(() => alike(new Uint32Array(6), new Uint32Array(1))).toThrow(RangeError);
    expect(() => alike(new Int32Array(6) as unknown as Uint32Array, into)).toThrow(TypeError);
    expect([...into]).toEqual([9, 9]);
    expect(alike(new Uint32Array(6), into)).toBe(2);
    const noRows = new Float64Array(0);
    expect(() => native.multiplyRows(new Int8Array(0), query, new Uint32Array(0), noRows)).not.toThrow();
  });

  it('is done without when it is not there, or was built from other sources', () => {
    const whole = requireAddon() as object;
    expect(nativeRows(() => whole)).toBeDefined();
    expect(nativeRows(() => ({ ...whole, protocol: ADDON_PROTOCOL + 1 }))).toBeUndefined();
    expect(nativeRows(() => ({ ...whole, multiplyRows: undefined }))).toBeUndefined();
    expect(
      nativeRows(() => {
        throw new Error('not built');
      }),
    ).toBeUndefined();
  });
});
