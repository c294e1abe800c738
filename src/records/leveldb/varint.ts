/** Reads LevelDB's integers one after the other. Past the end, or too long, it throws a RangeError. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.left < 1) throw new RangeError('past the end');
    return this.#bytes[this.#at++]!;
  }

  /** Up to 2^53; LevelDB's larger ones are sequence numbers, which are not varints. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('varint too long');
  }

  take(length: number): Buffer {
    if (length > this.left) throw new RangeError('past the end');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Bytes after their length. */
  sized(): Buffer {
    return this.take(this.varint());
  }
}
