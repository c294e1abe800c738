/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78); node:zlib has only the other CRC-32. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (let at = 0; at < data.length; at += 1) crc = TABLE[(crc ^ data[at]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** As LevelDB stores it, since a CRC over data that holds CRCs is weak (util/crc32c.h). */
export function maskedCrc32c(data: Uint8Array): number {
  return mask(crc32c(data));
}

/**
 * Length of the shortest prefix of `data`, at most `most` bytes, that is followed by its own masked CRC; undefined
 * when there is none.
 */
export function checkedPrefix(data: Buffer, most: number): number | undefined {
  let crc = 0xffffffff;
  const end = Math.min(most, data.length - 4);
  for (let at = 0; at < end; at += 1) {
    crc = TABLE[(crc ^ data[at]!) & 0xff]! ^ (crc >>> 8);
    if (mask((crc ^ 0xffffffff) >>> 0) === data.readUInt32LE(at + 1)) return at + 1;
  }
  return undefined;
}

function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
