/**
 * The contract between the virtual filesystem and whatever speaks FUSE. A `Vfs` is the namespace of one identity as
 * a POSIX tree. Paths are absolute within the mount (`/resources/a.md`); `/` is `viking://`. Operations reject with a
 * `VikingError` or a Node system error; a driver turns either into an errno with `errnoOf`.
 */
import type { DurableWaiter } from '../base/durable-waiter.ts';
import type { VikingUri } from '../uri/index.ts';

export type NodeType = 'file' | 'directory' | 'symlink' | 'other';

export interface Attr {
  /** Stable while the node exists; unique within the mount. Below 2^63. */
  readonly ino: bigint;
  /** Mode bits including the file type. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** 512-byte units. */
  readonly blocks: number;
  readonly rdev: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** Many append to it at once: a driver whose kernel lets one write at a time into a node may give each process its own. */
  readonly manyAppend?: true;
  /**
   * A generated file that reads the same until something at, below or above its directory is said to have changed: a
   * driver that hears of every change may answer for it.
   */
  readonly stays?: true;
}

export interface DirEntry {
  readonly name: string;
  readonly type: NodeType;
  /** As in `Attr`; 0 when it is not known without looking at the entry. */
  readonly ino: bigint;
}

export interface StatFs {
  readonly blockSize: number;
  readonly blocks: bigint;
  readonly blocksFree: bigint;
  readonly blocksAvailable: bigint;
  readonly files: bigint;
  readonly filesFree: bigint;
  readonly nameMax: number;
}

/** Who makes the call; drivers that do not know leave it out. */
export interface Caller {
  readonly pid?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Names an open file of this vfs. */
export type HandleId = number;

/** How a path is served: straight from a plain file or directory, or by the vfs itself. */
export type Backing = { readonly kind: 'content'; readonly path: string } | { readonly kind: 'virtual' };

/** A time to set: nanoseconds since the epoch, now, or left as it is. */
export type TimeChange = bigint | 'now' | 'omit';

export interface RenameOptions {
  readonly noReplace?: boolean;
  readonly exchange?: boolean;
}

export interface Vfs {
  /**
   * Where a path is served from, without touching it: lets a native driver go straight to the plain file. A directory
   * whose own entries are part of the namespace's frame is virtual, so that removing or renaming them is asked here.
   */
  backing(path: string): Backing;
  /** Path of an entry in this mount; undefined when its identity cannot see it. */
  pathOf(account: string, uri: VikingUri): string | undefined;
  /**
   * A driver that changed a plain file by itself (written and closed, renamed, removed) says so here. `to`: where it went
   * by a rename. `gone`: it was removed, or something in it may have been.
   */
  changed(path: string, how?: { readonly to?: string; readonly gone?: boolean }): void;
  /** Content around a generated file changed a moment ago: what was rendered before is not served again. */
  unsettled(path: string): void;
  /** Records a failed operation for `.viking/errors` when it deserves text. Twice with one error records it once. */
  failed(op: string, path: string, error: unknown, pid?: number): void;

  getattr(path: string, caller?: Caller): Promise<Attr>;
  /** Attributes of an open file, right even after it was renamed or unlinked. */
  fgetattr(handle: HandleId): Promise<Attr>;
  readdir(path: string, caller?: Caller): Promise<readonly DirEntry[]>;
  /** Names of generated layers that a listing of a directory shows besides its own entries. Waits for nothing. */
  layers(path: string): readonly string[];
  readlink(path: string): Promise<string>;
  statfs(path: string): Promise<StatFs>;

  /** `flags` are Linux open(2) flags. */
  open(path: string, flags: number, caller?: Caller): Promise<HandleId>;
  create(path: string, flags: number, mode: number, caller?: Caller): Promise<HandleId>;
  /** Fills `buffer` from `position`; resolves with the bytes read, fewer only at the end of the file. */
  read(handle: HandleId, buffer: Uint8Array, position: number): Promise<number>;
  /**
   * Writes all of `buffer` at `position` (at the end for O_APPEND); resolves with the bytes written. A `waiter` may be told
   * that all of them are durable before it resolves.
   */
  write(handle: HandleId, buffer: Uint8Array, position: number, waiter?: DurableWaiter): Promise<number>;
  truncate(path: string, size: number): Promise<void>;
  ftruncate(handle: HandleId, size: number): Promise<void>;
  /** At every close(2): errors of a magic file's write surface here. */
  flush(handle: HandleId): Promise<void>;
  fsync(handle: HandleId, dataOnly: boolean): Promise<void>;
  /** After the last close. Never fails. */
  release(handle: HandleId): Promise<void>;

  mkdir(path: string, mode: number, caller?: Caller): Promise<void>;
  rmdir(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rename(from: string, to: string, options?: RenameOptions): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  symlink(target: string, path: string, caller?: Caller): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  /** -1 leaves an id as it is. */
  chown(path: string, uid: number, gid: number): Promise<void>;
  utimens(path: string, atime: TimeChange, mtime: TimeChange): Promise<void>;

  /** Undefined when the attribute does not exist. */
  getxattr(path: string, name: string): Promise<Buffer | undefined>;
  listxattr(path: string): Promise<readonly string[]>;
  setxattr(path: string, name: string, value: Uint8Array, flags: number): Promise<void>;
  removexattr(path: string, name: string): Promise<void>;

  /** Open handles, for status and leak tests. */
  readonly openHandles: number;
  /** Releases every handle. */
  close(): Promise<void>;
}
