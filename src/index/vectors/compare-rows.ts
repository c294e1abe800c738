import { ADDON_PROTOCOL, requireAddon } from '../../base/native-addon.ts';

/** Comparing one vector with many rows of a table: most of the time of a question with vectors. */
export interface RowComparison {
  /**
   * Of `rows` those whose words (`wanted.length` each, in `bits`) differ from `wanted` in the fewest bits, in their order,
   * into `into`, which may be `rows` itself; returns how many. At least `most`, or all: equals of the last one taken are
   * taken as well.
   */
  alikeRows(
    bits: Uint32Array,
    wanted: Uint32Array,
    rows: Uint32Array,
    most: number,
    into: Uint32Array,
  ): number;
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
    const { protocol, alikeRows, multiplyRows } = addon;
    if (protocol !== ADDON_PROTOCOL || alikeRows === undefined || multiplyRows === undefined)
      return undefined;
    return { alikeRows, multiplyRows };
  } catch {
    // The portable driver runs without the addon, and so does everything else.
    return undefined;
  }
}

export const plainRows: RowComparison = {
  alikeRows(bits, wanted, rows, most, into) {
    const words = wanted.length;
    const distances = new Uint16Array(rows.length);
    const counts = new Uint32Array(words * 32 + 1);
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
    const bound = boundOf(counts, most);
    let kept = 0;
    for (let at = 0; at < rows.length; at++) if (distances[at]! <= bound) into[kept++] = rows[at]!;
    return kept;
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

/** The distance up to which at least `most` are counted. */
function boundOf(counts: Uint32Array, most: number): number {
  let bound = 0;
  for (let sum = counts[0]!; sum < most && bound < counts.length - 1; sum += counts[bound]!) bound++;
  return bound;
}
