import type { Attr, StatFs } from '../../vfs/index.ts';

const WORD = 2 ** 32;

/** The array of 32-bit words the native side reads a `struct stat` from; times are milliseconds. */
export function statArray(attr: Attr): Uint32Array {
  const words = new Uint32Array(18);
  words[0] = attr.mode;
  words[1] = attr.uid;
  words[2] = attr.gid;
  putDouble(words, 3, attr.size);
  words[6] = attr.nlink;
  words[7] = shortIno(attr.ino);
  words[8] = attr.rdev;
  words[9] = 4_096;
  putDouble(words, 10, attr.blocks);
  putDouble(words, 12, milliseconds(attr.atimeNs));
  putDouble(words, 14, milliseconds(attr.mtimeNs));
  putDouble(words, 16, milliseconds(attr.ctimeNs));
  return words;
}

/** libfuse's number for "not known"; a listing with number 0 would be skipped by the C library. */
const UNKNOWN_INO = 0xffffffff;

/** Only the type and the order of numbers count in a listing. */
export function typeOnly(mode: number, ino = 0n): object {
  return {
    mode,
    ino: ino === 0n ? UNKNOWN_INO : shortIno(ino),
    size: 0,
    nlink: 1,
    mtime: 0,
    atime: 0,
    ctime: 0,
  };
}

/** Inode numbers have 32 bits here: those of virtual nodes, which need 49, take the upper half. */
function shortIno(ino: bigint): number {
  return Number(ino >= 2n ** 48n ? (ino & 0x7fffffffn) | 0x80000000n : ino & 0xffffffffn);
}

/** Counts have 32 bits here: a larger filesystem is told in larger blocks. */
export function statFsOf(found: StatFs): Record<string, number> {
  let shift = 0n;
  while (found.blocks >> shift >= BigInt(WORD)) shift += 1n;
  const size = found.blockSize * 2 ** Number(shift);
  return {
    bsize: size,
    frsize: size,
    blocks: Number(found.blocks >> shift),
    bfree: Number(found.blocksFree >> shift),
    bavail: Number(found.blocksAvailable >> shift),
    files: capped(found.files),
    ffree: capped(found.filesFree),
    favail: capped(found.filesFree),
    namemax: found.nameMax,
  };
}

function capped(count: bigint): number {
  return Number(count >= BigInt(WORD) ? BigInt(WORD - 1) : count);
}

/** Times before 1970 do not fit and become its first moment. */
function milliseconds(ns: bigint): number {
  return ns < 0n ? 0 : Number(ns / 1_000_000n);
}

function putDouble(words: Uint32Array, index: number, value: number): void {
  words[index] = value % WORD;
  words[index + 1] = Math.floor(value / WORD);
}
