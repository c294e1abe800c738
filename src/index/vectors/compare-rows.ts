import { ADDON_PROTOCOL, requireAddon } from '../../base/native-addon.ts';

/** Comparing one vector with many rows of a table: most of the time of a question with vectors. */
export interface RowComparison {
  /**
   * How many bits of each of `rows` (`wanted.length` words each, in `bits`) differ from `wanted`, into `distances`;
   * `counts`, of more than 32 elements a word, has one added at each distance.
   */
  countDifferences(
    bits: Uint32Array,
    wanted: Uint32Array,
    rows: Uint32Array,
    distances: Uint16Array,
    counts: Uint32Array,
  ): void;
  /** Products of `query` with each of `rows` (`query.length` components each, in `bytes`), into `products`. */
  multiplyRows(bytes: Int8Array, query: Float32Array, rows: Uint32Array, products: Float64Array): void;
}

/**
 * The comparison of the addon (native/src/compare_rows.h), a tenth of the time of the one in JavaScript; undefined
 * without an addon that has it. Both give the same numbers to the last bit.
 */
export function nativeRows(load: () => unknown = requireAddon): RowComparison | undefined {
  try {
    const addon = load() as Partial<RowComparison> & { readonly protocol?: number };
    const { protocol, countDifferences, multiplyRows } = addon;
    if (protocol !== ADDON_PROTOCOL || countDifferences === undefined || multiplyRows === undefined)
      return undefined;
    return { countDifferences, multiplyRows };
  } catch {
    // The portable driver runs without the addon, and so does everything else.
    return undefined;
  }
}

export const plainRows: RowComparison = {
  countDifferences(bits, wanted, rows, distances, counts) {
    const words = wanted.length;
    // Four words add up in the fields of one: 128 bits at most, in a byte.
    const whole = words - (words % 4);
    for (let index = 0; index < rows.length; index++) {
      const at = rows[index]! * words;
      let sum = 0;
      let word = 0;
      for (; word < whole; word += 4) {
        const a =
          nibbles(wanted[word]! ^ bits[at + word]!) + nibbles(wanted[word + 1]! ^ bits[at + word + 1]!);
        const b =
          nibbles(wanted[word + 2]! ^ bits[at + word + 2]!) +
          nibbles(wanted[word + 3]! ^ bits[at + word + 3]!);
        sum += Math.imul(octets(a) + octets(b), 0x01010101) >>> 24;
      }
      for (; word < words; word++)
        sum += Math.imul(octets(nibbles(wanted[word]! ^ bits[at + word]!)), 0x01010101) >>> 24;
      distances[index] = sum;
      counts[sum]!++;
    }
  },

  multiplyRows(bytes, query, rows, products) {
    const { length } = query;
    const whole = length - (length % 8);
    for (let index = 0; index < rows.length; index++) {
      const at = rows[index]! * length;
      // In this order, since the order is part of the sum; and eight additions that need not wait for each other.
      let [a, b, c, d] = [0, 0, 0, 0];
      let [e, f, g, h] = [0, 0, 0, 0];
      for (let i = 0; i < whole; i += 8) {
        a += query[i]! * bytes[at + i]!;
        b += query[i + 1]! * bytes[at + i + 1]!;
        c += query[i + 2]! * bytes[at + i + 2]!;
        d += query[i + 3]! * bytes[at + i + 3]!;
        e += query[i + 4]! * bytes[at + i + 4]!;
        f += query[i + 5]! * bytes[at + i + 5]!;
        g += query[i + 6]! * bytes[at + i + 6]!;
        h += query[i + 7]! * bytes[at + i + 7]!;
      }
      // What is left over goes to the sums in turn.
      const left = length - whole;
      const rest = (i: number): number => (i < left ? query[whole + i]! * bytes[at + whole + i]! : 0);
      products[index] =
        a +
        rest(0) +
        (b + rest(1)) +
        (c + rest(2) + (d + rest(3))) +
        (e + rest(4) + (f + rest(5)) + (g + rest(6) + h));
    }
  },
};

/** Bits set in each four of a word, in four bits each. */
function nibbles(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  return (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
}

/** Sums of two neighbouring fields of four bits, in eight bits each. */
function octets(word: number): number {
  return (word & 0x0f0f0f0f) + ((word >>> 4) & 0x0f0f0f0f);
}
