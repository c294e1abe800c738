import type { DurableWaiter } from '../base/durable-waiter.ts';
import type { Attr, Caller, DirEntry, TimeChange } from './vfs.ts';

/** An open file. Errors are those of the operation; `release` never fails. */
export interface OpenFile {
  attr(): Promise<Attr>;
  /** Fills `buffer` from `position`; fewer bytes only at the end of the file. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** A `waiter` may be told that all of `buffer` is durable before it resolves. */
  write(buffer: Uint8Array, position: number, waiter?: DurableWaiter): Promise<number>;
  truncate(size: number): Promise<void>;
  /** At every close(2) of a descriptor. */
  flush(): Promise<void>;
  sync(dataOnly: boolean): Promise<void>;
  release(): Promise<void>;
}

/**
 * One entry as the vfs sees it, made for one operation. An operation that a kind of entry does not have is left out;
 * `createVfs` answers it with the errno POSIX has for it.
 */
export interface VfsNode {
  readonly path: string;
  /** @throws ENOENT when there is no such entry */
  attr(caller?: Caller): Promise<Attr>;
  list?(): Promise<readonly DirEntry[]>;
  target?(): Promise<string>;
  open?(flags: number, caller?: Caller): Promise<OpenFile>;
  /** Makes and opens a file; `flags` may hold O_EXCL. */
  create?(flags: number, mode: number, caller?: Caller): Promise<OpenFile>;
  truncate?(size: number): Promise<void>;
  mkdir?(mode: number, caller?: Caller): Promise<void>;
  symlink?(target: string, caller?: Caller): Promise<void>;
  rmdir?(): Promise<void>;
  unlink?(): Promise<void>;
  chmod?(mode: number): Promise<void>;
  chown?(uid: number, gid: number): Promise<void>;
  utimens?(atime: TimeChange, mtime: TimeChange): Promise<void>;
  /** Takes the bytes of a file that is renamed over this one (how editors save). */
  replaceWith?(bytes: Buffer): Promise<void>;
  /** The bytes, for a file that is renamed away from a reserved name. */
  bytes?(): Promise<Buffer>;
}
