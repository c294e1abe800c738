/**
 * Reads LevelDB's log format (logs and manifests), after doc/log_format.md of LevelDB: blocks of 32 KiB; a record is a
 * masked CRC-32C (4 bytes), a length (2), a type (1) and data; a block's last bytes, too few for a header, are zero.
 */
import { maskedCrc32c } from './crc32c.ts';

const BLOCK = 32_768;
const HEADER = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

interface Fragment {
  readonly type: number;
  readonly data: Buffer;
  readonly end: number;
}

/** Whether a record that fails its checksum stands before an intact one. At the end it is a write a crash cut off. */
export function isDamagedLog(log: Buffer): boolean {
  for (let start = 0; start < log.length; start += BLOCK) {
    const block = log.subarray(start, start + BLOCK);
    const bad = firstBad(block);
    if (bad !== undefined && (hasIntactAfter(block, bad + 1) || hasIntactIn(log, start + BLOCK))) return true;
  }
  return false;
}

/** Data of the whole records before the first gap. */
export function* logRecords(log: Buffer): Generator<Buffer> {
  let parts: Buffer[] = [];
  for (let start = 0; start < log.length; start += BLOCK) {
    const block = log.subarray(start, start + BLOCK);
    let at = 0;
    while (at + HEADER <= block.length) {
      const fragment = fragmentAt(block, at);
      if (fragment === undefined) {
        if (isZero(block, at)) break;
        return;
      }
      if (fragment.type === FULL || fragment.type === FIRST) parts = [];
      parts.push(fragment.data);
      if (fragment.type === FULL || fragment.type === LAST) yield Buffer.concat(parts);
      at = fragment.end;
    }
  }
}

/** Offset of the first byte in the block that is neither an intact record nor zero filling. */
function firstBad(block: Buffer): number | undefined {
  let at = 0;
  while (at + HEADER <= block.length) {
    const fragment = fragmentAt(block, at);
    if (fragment === undefined) return isZero(block, at) ? undefined : at;
    at = fragment.end;
  }
  return undefined;
}

function hasIntactIn(log: Buffer, from: number): boolean {
  for (let start = from; start < log.length; start += BLOCK) {
    if (hasIntactAfter(log.subarray(start, start + BLOCK), 0)) return true;
  }
  return false;
}

/** The length of a damaged record cannot be trusted, so any offset may begin the next one. */
function hasIntactAfter(block: Buffer, from: number): boolean {
  for (let at = from; at + HEADER <= block.length; at += 1) {
    if (fragmentAt(block, at) !== undefined) return true;
  }
  return false;
}

function fragmentAt(block: Buffer, at: number): Fragment | undefined {
  const length = block.readUInt16LE(at + 4);
  const type = block[at + 6]!;
  const end = at + HEADER + length;
  if (type < FULL || type > LAST || end > block.length) return undefined;
  if (maskedCrc32c(block.subarray(at + 6, end)) !== block.readUInt32LE(at)) return undefined;
  return { type, data: block.subarray(at + HEADER, end), end };
}

function isZero(block: Buffer, from: number): boolean {
  return block.subarray(from).every((byte) => byte === 0);
}
