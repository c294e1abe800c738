/**
 * Reads LevelDB's tables, after doc/table_format.md: data blocks, an index block that names them, a footer that names
 * the index. A block is its contents, a type (0 plain, 1 Snappy) and a masked CRC-32C of both.
 */
import { checkedPrefix, maskedCrc32c } from './crc32c.ts';
import { unsnappy } from './snappy.ts';
import { ByteReader } from './varint.ts';

const FOOTER = 48;
const MAGIC = 0xdb4775248b80fb57n;
const TRAILER = 5;
/** Where the index is lost, a block of one large value is looked for no further than this. */
const LONGEST_BLOCK = 2 ** 26;

/** A key as stored and its value; keys of data blocks are internal: eight bytes of sequence and type at the end. */
export type BlockEntry = readonly [key: Buffer, value: Buffer];

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** Whether footer, index and every data block are as they were written. */
export function isIntactTable(table: Buffer): boolean {
  const handles = dataHandles(table);
  return handles?.every((handle) => isIntactBlock(table, handle)) ?? false;
}

/** Entries of every intact data block. Without its index, a table is read up to the first damaged block. */
export function* intactEntries(table: Buffer): Generator<BlockEntry> {
  for (const handle of dataHandles(table) ?? consecutiveHandles(table)) {
    try {
      const block = readBlock(table, handle);
      if (block !== undefined) yield* entriesOf(block);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function dataHandles(table: Buffer): Handle[] | undefined {
  if (table.length < FOOTER || table.readBigUInt64LE(table.length - 8) !== MAGIC) return undefined;
  try {
    const footer = new ByteReader(table.subarray(table.length - FOOTER));
    handleIn(footer);
    const index = readBlock(table, handleIn(footer));
    return index && [...entriesOf(index)].map(([, value]) => handleIn(new ByteReader(value)));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function handleIn(reader: ByteReader): Handle {
  return { offset: reader.varint(), size: reader.varint() };
}

/** Blocks follow each other without a gap, each ended by a checksum that fits. */
function* consecutiveHandles(table: Buffer): Generator<Handle> {
  for (let offset = 0; offset < table.length; ) {
    const length = checkedPrefix(table.subarray(offset), LONGEST_BLOCK);
    if (length === undefined) return;
    yield { offset, size: length - 1 };
    offset += length + 4;
  }
}

function isIntactBlock(table: Buffer, { offset, size }: Handle): boolean {
  const end = offset + size;
  if (end + TRAILER > table.length) return false;
  return maskedCrc32c(table.subarray(offset, end + 1)) === table.readUInt32LE(end + 1);
}

function readBlock(table: Buffer, handle: Handle): Buffer | undefined {
  if (!isIntactBlock(table, handle)) return undefined;
  const end = handle.offset + handle.size;
  const contents = table.subarray(handle.offset, end);
  return table[end] === 1 ? unsnappy(contents) : contents;
}

/** Keys share a beginning with the one before; restart points, which are only for seeking, end the block. */
function* entriesOf(block: Buffer): Generator<BlockEntry> {
  if (block.length < 4) throw new RangeError('block too short');
  const restarts = block.readUInt32LE(block.length - 4);
  const end = block.length - 4 - restarts * 4;
  if (end < 0) throw new RangeError('too many restart points');
  const reader = new ByteReader(block.subarray(0, end));
  let key: Buffer = Buffer.alloc(0);
  while (reader.left > 0) {
    const [shared, own, valueLength] = [reader.varint(), reader.varint(), reader.varint()];
    if (shared > key.length) throw new RangeError('key shares too much');
    key = Buffer.concat([key.subarray(0, shared), reader.take(own)]);
    yield [key, reader.take(valueLength)];
  }
}
