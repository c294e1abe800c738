/**
 * Reads LevelDB's log format (logs and manifests), after doc/log_format.md of LevelDB: blocks of 32 KiB; a fragment is
 * a masked CRC-32C (4 bytes), a length (2), a type (1) and data; a block's last bytes, too few for a header, are zero.
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

/** Whether bytes that are no record stand before an intact record. At the end they are a write a crash cut off. */
export function isDamagedLog(log: Buffer): boolean {
  let gap = false;
  for (const fragment of fragments(log)) {
    if (fragment === undefined) gap = true;
    else if (gap) return true;
  }
  return false;
}

/** Data of the whole records up to the first damage. */
export function* recordsBeforeDamage(log: Buffer): Generator<Buffer> {
  for (const record of records(log)) {
    if (record === undefined) return;
    yield record;
  }
}

/** Data of every whole record. */
export function* intactRecords(log: Buffer): Generator<Buffer> {
  for (const record of records(log)) if (record !== undefined) yield record;
}

/** Records in order; undefined where some may be missing. */
function* records(log: Buffer): Generator<Buffer | undefined> {
  let parts: Buffer[] | undefined;
  for (const fragment of fragments(log)) {
    if (fragment === undefined) {
      parts = undefined;
      yield undefined;
      continue;
    }
    const { type, data } = fragment;
    if (type === FULL || type === FIRST) parts = [data];
    else parts?.push(data);
    if ((type === FULL || type === LAST) && parts !== undefined) {
      yield Buffer.concat(parts);
      parts = undefined;
    }
  }
}

/** Intact fragments in order; undefined for a stretch of bytes that is neither a fragment nor zero filling. */
function* fragments(log: Buffer): Generator<Fragment | undefined> {
  for (let start = 0; start < log.length; start += BLOCK) {
    const block = log.subarray(start, start + BLOCK);
    let at = 0;
    while (at + HEADER <= block.length) {
      let fragment = fragmentAt(block, at);
      if (fragment === undefined) {
        if (isZero(block, at)) break;
        yield undefined;
        // The length of a damaged fragment cannot be trusted, so any offset may begin the next one.
        while (fragment === undefined && at + HEADER < block.length) fragment = fragmentAt(block, ++at);
        if (fragment === undefined) break;
      }
      yield fragment;
      at = fragment.end;
    }
  }
}

function fragmentAt(block: Buffer, at: number): Fragment | undefined {
  if (at + HEADER > block.length) return undefined;
  const type = block[at + 6]!;
  const end = at + HEADER + block.readUInt16LE(at + 4);
  if (type < FULL || type > LAST || end > block.length) return undefined;
  if (maskedCrc32c(block.subarray(at + 6, end)) !== block.readUInt32LE(at)) return undefined;
  return { type, data: block.subarray(at + HEADER, end), end };
}

function isZero(block: Buffer, from: number): boolean {
  return block.subarray(from).every((byte) => byte === 0);
}
