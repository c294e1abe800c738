/** Opcodes of the kernel's FUSE protocol that reach JavaScript: `enum fuse_opcode` of <linux/fuse.h>. */
export const OP = {
  lookup: 1,
  getattr: 3,
  setattr: 4,
  readlink: 5,
  symlink: 6,
  mknod: 8,
  mkdir: 9,
  unlink: 10,
  rmdir: 11,
  rename: 12,
  link: 13,
  read: 15,
  write: 16,
  fsync: 20,
  setxattr: 21,
  getxattr: 22,
  listxattr: 23,
  removexattr: 24,
  readdir: 28,
  create: 35,
  readdirplus: 44,
  rename2: 45,
  statx: 52,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(OP).map(([name, code]) => [code, name]));

/** Name of an operation for people. */
export function opName(opcode: number): string {
  return NAMES.get(opcode) ?? `opcode ${opcode}`;
}

/** Which attributes a SETATTR sets: FATTR_* of <linux/fuse.h>. */
export const FATTR = {
  mode: 1 << 0,
  uid: 1 << 1,
  gid: 1 << 2,
  size: 1 << 3,
  atime: 1 << 4,
  mtime: 1 << 5,
  atimeNow: 1 << 7,
  mtimeNow: 1 << 8,
} as const;

/** RENAME_* of renameat2(2). */
export const RENAME = { noReplace: 1, exchange: 2 } as const;
