import { describe, expect, it } from 'vitest';
import { checkedPrefix, crc32c, maskedCrc32c } from '../../../src/records/leveldb/crc32c.ts';
import { intactRecords, isDamagedLog, recordsBeforeDamage } from '../../../src/records/leveldb/log-format.ts';
import { readManifest } from '../../../src/records/leveldb/manifest.ts';
import { unsnappy } from '../../../src/records/leveldb/snappy.ts';
import { intactEntries, isIntactTable } from '../../../src/records/leveldb/table-format.ts';
import { ByteReader } from '../../../src/records/leveldb/varint.ts';

describe('crc32c', () => {
  // Vectors of RFC 3720, B.4.
  it.each([
    [Buffer.alloc(32, 0), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    [Buffer.from('123456789'), 0xe3069283],
    [Buffer.alloc(0), 0],
  ])('%#', (data, crc) => {
    expect(crc32c(data)).toBe(crc);
  });

  it('finds the prefix that its checksum follows', () => {
    const data = Buffer.from('some contents of a block');
    const crc = Buffer.alloc(4);
    crc.writeUInt32LE(maskedCrc32c(data));
    const all = Buffer.concat([data, crc, Buffer.from('the next block')]);
    expect(checkedPrefix(all, 1_000)).toBe(data.length);
    expect(checkedPrefix(all, data.length - 1)).toBeUndefined();
    all[3]! ^= 1;
    expect(checkedPrefix(all, 1_000)).toBeUndefined();
  });
});

describe('snappy', () => {
  it('decompresses literals and copies, also those that overlap what they write', () => {
    // 'ab' as a literal, then 8 bytes from 2 back (2-byte offset), then 4 from 1 back (1-byte offset).
    const compressed = Buffer.from([14, (2 - 1) << 2, 0x61, 0x62, ((8 - 1) << 2) | 2, 2, 0, (0 << 2) | 1, 1]);
    expect(unsnappy(compressed).toString()).toBe('ababababab' + 'bbbb');
  });

  it('takes long literals', () => {
    const text = Buffer.alloc(1_000, 'x');
    const compressed = Buffer.concat([Buffer.from([0xe8, 0x07, 61 << 2, 0xe7, 0x03]), text]);
    expect(unsnappy(compressed).equals(text)).toBe(true);
  });

  it.each([
    ['nothing', []],
    ['a literal past the end', [5, 4 << 2, 0x61]],
    ['a copy of nothing', [4, (0 << 2) | 1, 0]],
    ['a copy from before the beginning', [5, 0, 0x61, (0 << 2) | 1, 2]],
    ['more than it announces', [1, 1 << 2, 0x61, 0x62]],
    ['less than it announces', [3, 1 << 2, 0x61, 0x62]],
    ['a length no block has', [0xff, 0xff, 0xff, 0xff, 0x7f, 0]],
  ])('refuses %s', (_, bytes) => {
    expect(() => unsnappy(Buffer.from(bytes))).toThrow(RangeError);
  });
});

describe('the log format', () => {
  const one = fragment(1, 'one');
  const big = [fragment(2, 'fir'), fragment(3, 'stm'), fragment(4, 'iddle')];

  it('puts fragments together', () => {
    const log = Buffer.concat([one, ...big]);
    expect(texts(intactRecords(log))).toEqual(['one', 'firstmiddle']);
    expect(isDamagedLog(log)).toBe(false);
  });

  it('goes on in the next block, after zeros too few or not meant for a header', () => {
    const log = Buffer.concat([
      one,
      Buffer.alloc(32_768 - one.length),
      fragment(1, 'two'),
      Buffer.alloc(100),
    ]);
    expect(texts(intactRecords(log))).toEqual(['one', 'two']);
    expect(isDamagedLog(log)).toBe(false);
  });

  it('takes a record cut off at the end for the work of a crash', () => {
    for (let cut = 1; cut < one.length; cut += 1) {
      const log = Buffer.concat([one, one.subarray(0, one.length - cut)]);
      expect(isDamagedLog(log)).toBe(false);
      expect(texts(intactRecords(log))).toEqual(['one']);
    }
    expect(isDamagedLog(Buffer.concat([one, big[0]!]))).toBe(false);
    expect(isDamagedLog(Buffer.alloc(0))).toBe(false);
  });

  it('sees damage before an intact record, in its data, length and checksum', () => {
    for (let at = 0; at < one.length; at += 1) {
      const harmed = Buffer.from(one);
      harmed[at]! ^= 0x40;
      const log = Buffer.concat([harmed, fragment(1, 'two')]);
      expect(isDamagedLog(log), `byte ${at}`).toBe(true);
      expect(texts(intactRecords(log))).toEqual(['two']);
      expect(texts(recordsBeforeDamage(log))).toEqual([]);
    }
  });

  it('drops a record that lost a fragment, not its neighbours', () => {
    const harmed = Buffer.from(big[1]!);
    harmed[8]! ^= 1;
    const log = Buffer.concat([one, big[0]!, harmed, big[2]!, one]);
    expect(texts(intactRecords(log))).toEqual(['one', 'one']);
  });
});

describe('a manifest', () => {
  it('names the tables that were added and not deleted, and the last log', () => {
    const key = [9, ...Buffer.from('k'), 1, 0, 0, 0, 0, 0, 0, 0];
    const added = (number: number) => [7, 0, number, 100, ...key, ...key];
    const manifest = Buffer.concat([
      fragment(1, Buffer.from([1, 3, ...Buffer.from('cmp'), 2, 3, 9, 0, 3, 4, 4, 5])),
      fragment(1, Buffer.from([...added(5), ...added(6), 5, 0, ...key, 2, 7])),
      fragment(1, Buffer.from([6, 0, 5])),
    ]);
    expect(readManifest(manifest)).toEqual({ logNumber: 7, tables: new Set([6]) });
    expect(readManifest(manifest.subarray(0, -1))).toEqual({ logNumber: 7, tables: new Set([5, 6]) });
    expect(readManifest(Buffer.from('no manifest'))).toEqual({ logNumber: undefined, tables: new Set() });
    expect(readManifest(fragment(1, Buffer.from([99])))).toEqual({ logNumber: undefined, tables: new Set() });
  });
});

describe('a table', () => {
  it.each([0, 1, 47, 48, 5_000])('that is none, of %i bytes, has no entries', (length) => {
    for (const byte of [0, 0xff, 0x5a]) {
      const table = Buffer.alloc(length, byte);
      expect(isIntactTable(table)).toBe(false);
      expect([...intactEntries(table)]).toEqual([]);
    }
  });
});

describe('varints', () => {
  it('are read in order and never past the end', () => {
    const reader = new ByteReader(Buffer.from([0, 0x7f, 0x80, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 2, 7, 8]));
    expect([reader.varint(), reader.varint(), reader.varint(), reader.varint()]).toEqual([
      0,
      127,
      128,
      2 ** 32 - 1,
    ]);
    expect([...reader.sized()]).toEqual([7, 8]);
    expect(() => reader.varint()).toThrow(RangeError);
    expect(() => new ByteReader(Buffer.from([5, 1])).sized()).toThrow(RangeError);
    expect(() => new ByteReader(Buffer.alloc(20, 0xff)).varint()).toThrow(RangeError);
  });
});

function fragment(type: number, data: string | Buffer): Buffer {
  const bytes = Buffer.from(data as string);
  const header = Buffer.alloc(7);
  header.writeUInt16LE(bytes.length, 4);
  header[6] = type;
  header.writeUInt32LE(maskedCrc32c(Buffer.concat([header.subarray(6), bytes])));
  return Buffer.concat([header, bytes]);
}

function texts(records: Iterable<Buffer>): string[] {
  return [...records].map((record) => record.toString());
}
