import { VikingError } from '../../errors/index.ts';
import type { Vfs } from '../../vfs/index.ts';
import type { Answering } from './answers.ts';
import type { Fuse, Signal } from './package.ts';
import { statArray } from './stat-array.ts';
import type { Unlinked } from './unlinked.ts';

export interface PatchOptions {
  readonly vfs: Vfs;
  readonly answering: Answering;
  readonly unlinked: Unlinked;
  readonly mountOptions: readonly string[];
}

/** Replaces the methods of fuse-native 2.2.6 that are wrong, on this instance only. */
export function patch(fuse: Fuse, { vfs, answering, unlinked, mountOptions }: PatchOptions): void {
  fuse._fuseOptions = () => `-o${mountOptions.join(',')}`;

  fuse._op_getattr = (signal, path) => {
    const found = async () => {
      if (unlinked.isHiddenName(path)) return unlinked.attr(path);
      await unlinked.decided(path);
      return vfs.getattr(path);
    };
    answering.run(
      { op: 'getattr', path },
      found,
      (attr) => signal(0, statArray(attr)),
      (errno) => signal(errno),
    );
  };

  // Theirs asks by path, which is wrong after a rename or unlink and for files whose text belongs to a handle.
  fuse._op_fgetattr = (signal, path, handle) => {
    const found = () => (handle === 0 ? vfs.getattr(path) : vfs.fgetattr(handle));
    answering.run(
      { op: 'getattr', path },
      found,
      (attr) => signal(0, statArray(attr)),
      (errno) => signal(errno),
    );
  };

  // Theirs answers more bytes than the caller's buffer holds.
  fuse._op_getxattr = (signal, path, name, value) => {
    answering.run(
      { op: 'getxattr', path },
      () => vfs.getxattr(path, name),
      (found) => reply(signal, value, found),
      (errno) => signal(errno, value.buffer),
    );
  };

  fuse._op_listxattr = (signal, path, list) => {
    answering.run(
      { op: 'listxattr', path },
      () => vfs.listxattr(path),
      (names) => reply(signal, list, Buffer.from(names.map((name) => `${name}\0`).join(''))),
      (errno) => signal(errno, list.buffer),
    );
  };

  fixUtimens(fuse);
}

const ENODATA = -61;
const ERANGE = -34;

/** An empty buffer asks for the size only. */
function reply(signal: Signal, room: Buffer, found: Buffer | undefined): void {
  signal(found === undefined ? ENODATA : fill(room, found), room.buffer);
}

function fill(room: Buffer, found: Buffer): number {
  if (room.length === 0) return found.length;
  if (found.length > room.length) return ERANGE;
  return found.copy(room);
}

const OP_UTIMENS = 12;
/** Where `fuse_thread_locals_t` of 2.2.6 keeps the two times on 64-bit Linux: unsigned 64-bit milliseconds. */
const ATIME_OFFSET = 104;
const MTIME_OFFSET = 112;
const WORD = 2 ** 32;

/**
 * The native side hands the access time over twice. The request's memory, which every handler is given, has both:
 * when the access time is found where it should be, the modification time behind it is right too.
 */
function fixUtimens(fuse: Fuse): void {
  const theirs = fuse._handlers[OP_UTIMENS];
  if (theirs === undefined) return;
  fuse._handlers[OP_UTIMENS] = (request, opcode, path, atimeLow, atimeHigh, ...rest) => {
    const mtime = modificationTime(request, Number(atimeLow) + Number(atimeHigh) * WORD);
    const words = mtime === undefined ? rest : [mtime % WORD, Math.floor(mtime / WORD)];
    return theirs.call(fuse, request, opcode, path, atimeLow, atimeHigh, ...words);
  };
}

function modificationTime(request: unknown, atimeMs: number): number | undefined {
  if (!Buffer.isBuffer(request) || request.length < MTIME_OFFSET + 8) return undefined;
  if (Number(request.readBigUInt64LE(ATIME_OFFSET)) !== atimeMs) return undefined;
  return Number(request.readBigUInt64LE(MTIME_OFFSET));
}

/** @throws INVALID_ARGUMENT for text that would end a mount option */
export function assertOptionText(text: string): void {
  if (/[,\\\s]/.test(text))
    throw new VikingError('INVALID_ARGUMENT', `${text}: not usable as a mount source`);
}
