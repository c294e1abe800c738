import { constants } from 'node:os';
import type { Attr, DirEntry, NodeType } from '../../vfs/index.ts';

const ATTR_BYTES = 88;
const SECOND = 1_000_000_000n;
const BLOCK_BYTES = 4096;
/** `kNodePerProcess` of native/src/protocol.h; the kernel never sees it. */
const NODE_PER_PROCESS = 0x8000_0000;
/** `kNodeStays`, likewise. */
const NODE_STAYS = 0x4000_0000;

/** DT_* of readdir(3). */
const TYPES: Readonly<Record<NodeType, number>> = { file: 8, directory: 4, symlink: 10, other: 1 };

/** `struct fuse_attr` of the kernel's protocol, in the machine's byte order (little-endian on what Node 20 supports). */
export function encodeAttr(attr: Attr): Uint8Array {
  const bytes = new Uint8Array(ATTR_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, attr.ino, true);
  view.setBigUint64(8, BigInt(attr.size), true);
  view.setBigUint64(16, BigInt(attr.blocks), true);
  [attr.atimeNs, attr.mtimeNs, attr.ctimeNs].forEach((ns, index) => {
    const [seconds, rest] = splitNs(ns);
    view.setBigInt64(24 + 8 * index, seconds, true);
    view.setUint32(48 + 4 * index, rest, true);
  });
  view.setUint32(60, attr.mode, true);
  view.setUint32(64, attr.nlink, true);
  view.setUint32(68, attr.uid, true);
  view.setUint32(72, attr.gid, true);
  view.setUint32(76, attr.rdev, true);
  view.setUint32(80, BLOCK_BYTES, true);
  if (attr.manyAppend === true) view.setUint32(84, NODE_PER_PROCESS, true);
  if (attr.stays === true) view.setUint32(84, NODE_STAYS, true);
  return bytes;
}

/** A listing as native code reads it: for each entry u64 inode, u8 type, u8 length of the name, the name. */
export function encodeEntries(entries: readonly DirEntry[]): Uint8Array {
  const names = entries.map((entry) => Buffer.from(entry.name));
  const bytes = Buffer.alloc(names.reduce((total, name) => total + 10 + name.length, 0));
  let at = 0;
  entries.forEach((entry, index) => {
    const name = names[index]!;
    if (name.length > 255)
      throw Object.assign(new Error(`${entry.name}: name too long`), {
        errno: constants.errno.ENAMETOOLONG,
        code: 'ENAMETOOLONG',
      });
    bytes.writeBigUInt64LE(entry.ino, at);
    bytes.writeUInt8(TYPES[entry.type], at + 8);
    bytes.writeUInt8(name.length, at + 9);
    name.copy(bytes, at + 10);
    at += 10 + name.length;
  });
  return bytes;
}

/** Names as listxattr(2) gives them: each ends in NUL. */
export function encodeNames(names: readonly string[]): Uint8Array {
  return Buffer.from(names.map((name) => `${name}\0`).join(''));
}

/** Seconds rounded down, and the nanoseconds left, also for times before 1970. */
function splitNs(ns: bigint): [bigint, number] {
  const rest = ((ns % SECOND) + SECOND) % SECOND;
  return [(ns - rest) / SECOND, Number(rest)];
}
