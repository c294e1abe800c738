import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import type { Attr, NodeType } from './vfs.ts';

/** Inode numbers of virtual nodes start here; those of plain files on the filesystems we sit on are far below. */
export const FIRST_VIRTUAL_INO = 2n ** 48n;

export const { S_IFDIR, S_IFREG, S_IFLNK, S_IFMT } = constants;

export function attrOf(stats: BigIntStats): Attr {
  return {
    ino: stats.ino,
    mode: Number(stats.mode),
    nlink: Number(stats.nlink),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: Number(stats.size),
    blocks: Number(stats.blocks),
    rdev: Number(stats.rdev),
    atimeNs: stats.atimeNs,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  };
}

export interface VirtualAttr {
  readonly path: string;
  /** With the file type. */
  readonly mode: number;
  readonly size?: number;
  readonly mtimeNs: bigint;
}

export function virtualAttr(options: VirtualAttr): Attr {
  const size = options.size ?? 0;
  return {
    ino: virtualIno(options.path),
    mode: options.mode,
    nlink: (options.mode & S_IFMT) === S_IFDIR ? 2 : 1,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    size,
    blocks: Math.ceil(size / 512),
    rdev: 0,
    atimeNs: options.mtimeNs,
    mtimeNs: options.mtimeNs,
    ctimeNs: options.mtimeNs,
  };
}

/** The same path has the same number in every mount and after every restart. */
export function virtualIno(path: string): bigint {
  const digest = createHash('sha256').update(path).digest();
  return FIRST_VIRTUAL_INO + BigInt(digest.readUIntBE(0, 6));
}

export function typeOf(mode: number): NodeType {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return 'file';
    case S_IFDIR:
      return 'directory';
    case S_IFLNK:
      return 'symlink';
    default:
      return 'other';
  }
}
