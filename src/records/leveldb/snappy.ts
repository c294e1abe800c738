import { ByteReader } from './varint.ts';

/** Larger than any block LevelDB writes for us; a damaged length must not ask for more memory. */
const MOST_BYTES = 2 ** 28;

/**
 * Decompresses a Snappy block (format_description.txt of google/snappy).
 * @throws RangeError when it is not one
 */
export function unsnappy(compressed: Buffer): Buffer {
  const input = new ByteReader(compressed);
  const length = input.varint();
  if (length > MOST_BYTES) throw new RangeError('snappy: too long');
  const output = Buffer.alloc(length);
  let at = 0;
  while (input.left > 0) {
    const tag = input.byte();
    if ((tag & 3) === 0) {
      const literal = input.take(literalLength(tag >> 2, input));
      if (at + literal.length > length) throw new RangeError('snappy: past the end');
      literal.copy(output, at);
      at += literal.length;
    } else {
      const { offset, count } = copyOf(tag, input);
      if (offset === 0 || offset > at || at + count > length)
        throw new RangeError('snappy: copy out of bounds');
      // One byte after the other: a copy may overlap what it writes.
      for (let end = at + count; at < end; at += 1) output[at] = output[at - offset]!;
    }
  }
  if (at !== length) throw new RangeError('snappy: too short');
  return output;
}

/** Up to 60 in the tag itself, else in the 1 to 4 bytes after it. */
function literalLength(code: number, input: ByteReader): number {
  if (code < 60) return code + 1;
  const bytes = input.take(code - 59);
  return bytes.readUIntLE(0, bytes.length) + 1;
}

function copyOf(tag: number, input: ByteReader): { offset: number; count: number } {
  if ((tag & 3) === 1) return { offset: ((tag >> 5) << 8) | input.byte(), count: ((tag >> 2) & 7) + 4 };
  const bytes = input.take((tag & 3) === 2 ? 2 : 4);
  return { offset: bytes.readUIntLE(0, bytes.length), count: (tag >> 2) + 1 };
}
