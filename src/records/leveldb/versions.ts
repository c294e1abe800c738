import { intactRecords } from './log-format.ts';
import { intactEntries } from './table-format.ts';
import { ByteReader } from './varint.ts';

/** One write of one key. The version with the highest sequence number is the one that counts. */
export interface Version {
  readonly key: Buffer;
  readonly sequence: bigint;
  /** Undefined for a deletion. */
  readonly value: Buffer | undefined;
}

const PUT = 1;
const DELETE = 0;

/** What can be read of a table (db/dbformat.h: an internal key ends with sequence << 8 | type). */
export function* tableVersions(table: Buffer): Generator<Version> {
  for (const [internal, value] of intactEntries(table)) {
    if (internal.length < 8) continue;
    const tag = internal.readBigUInt64LE(internal.length - 8);
    const type = Number(tag & 0xffn);
    if (type !== PUT && type !== DELETE) continue;
    const key = internal.subarray(0, internal.length - 8);
    yield { key, sequence: tag >> 8n, value: type === PUT ? value : undefined };
  }
}

/** What can be read of a log: its records are write batches (db/write_batch.cc). */
export function* logVersions(log: Buffer): Generator<Version> {
  for (const record of intactRecords(log)) {
    try {
      yield* batchVersions(record);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function* batchVersions(batch: Buffer): Generator<Version> {
  const reader = new ByteReader(batch);
  let sequence = reader.take(8).readBigUInt64LE();
  // The count of changes, which the end of the batch tells as well.
  reader.take(4);
  while (reader.left > 0) {
    const type = reader.byte();
    if (type !== PUT && type !== DELETE) throw new RangeError('unknown change');
    const key = reader.sized();
    yield { key, sequence, value: type === PUT ? reader.sized() : undefined };
    sequence += 1n;
  }
}
