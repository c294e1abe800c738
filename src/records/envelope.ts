import { crc32 } from 'node:zlib';
import { VikingError } from '../errors/index.ts';

/** Longest table name; see `tablePrefix`. */
const TABLE_NAME = /^[A-Za-z0-9!][A-Za-z0-9_.:@/-]{0,127}$/;
const CHECKSUM_BYTES = 4;

/**
 * What every key of a table begins with. The NUL ends the name, so no table's keys lie between another's.
 * @throws INVALID_ARGUMENT
 */
export function tablePrefix(name: string): string {
  if (!TABLE_NAME.test(name)) {
    throw new VikingError('INVALID_ARGUMENT', `${JSON.stringify(name.slice(0, 200))} cannot name a table`);
  }
  return `${name}\0`;
}

/** First key after every key of the table with `prefix`. */
export function afterTable(prefix: string): string {
  return `${prefix.slice(0, -1)}\x01`;
}

/** @throws INVALID_ARGUMENT: text with lone surrogates would share its bytes with other text */
export function assertKey(key: string): void {
  if (!key.isWellFormed()) {
    throw new VikingError('INVALID_ARGUMENT', `${JSON.stringify(key.slice(0, 200))} is not valid Unicode`);
  }
}

/**
 * The payload followed by the CRC-32 of key and payload, little-endian. LevelDB does not verify its block checksums
 * on reads, and a compaction gives a damaged block a good checksum, so a flipped bit would otherwise be believed.
 * The checksum comes last to leave the payload aligned for typed arrays.
 */
export function seal(fullKey: string, payload: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafeSlow(payload.length + CHECKSUM_BYTES);
  sealed.set(payload);
  sealed.writeUInt32LE(crc32(payload, crc32(fullKey)), payload.length);
  return sealed;
}

/** The payload, or undefined when it is not what `seal` was given under this key. */
export function unseal(fullKey: string, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - CHECKSUM_BYTES;
  if (length < 0) return undefined;
  const payload = new Uint8Array(sealed.buffer, sealed.byteOffset, length);
  const stored = new DataView(sealed.buffer, sealed.byteOffset).getUint32(length, true);
  return crc32(payload, crc32(fullKey)) === stored ? payload : undefined;
}
