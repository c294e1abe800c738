/**
 * The content contract: the plain-file tree that is the truth. Paths are POSIX paths relative to the content
 * directory (`{account}/resources/a.md`), as `VikingUri.contentPath` below an account. Implementations never follow
 * a symlink out of the content directory.
 */

import type { Readable } from 'node:stream';
import type { FileData } from '../base/atomic-write.ts';

export type EntryKind = 'file' | 'directory' | 'symlink' | 'other';

/** Tells two states of a file apart without reading it. */
export interface Stamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

export interface ContentEntry extends Stamp {
  readonly path: string;
  readonly name: string;
  readonly kind: EntryKind;
  readonly mode: number;
}

/** A regular file that is open for reading: it stays what it was, whatever becomes of its name. */
export interface ContentFile extends Stamp {
  /** Bytes `start` to `end`, both inclusive; default: all there were when it was opened. Ends the file when it ends. */
  stream(range?: { readonly start: number; readonly end: number }): Readable;
  /** For a file that was not streamed. Safe to call twice. */
  close(): Promise<void>;
}

export interface WalkOptions extends Checked {
  /** Depth below the start; default unlimited. */
  readonly depth?: number;
  /** Enter and report dot-files and dot-directories. Default false. */
  readonly hidden?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Where an entry was when its use was allowed: a content path without symlinks, from `real`. What is opened then must be
 * there, else PERMISSION_DENIED: a directory can be exchanged for a symlink after the check.
 */
export interface Checked {
  readonly real?: string;
}

export interface MoveOptions {
  readonly replace?: boolean;
  /** Where both were when the move was allowed, as in `Checked`. */
  readonly real?: { readonly from: string; readonly to: string };
}

export interface ContentStore {
  /** Absolute path of the content directory. */
  readonly dir: string;
  /** Absolute path of an entry. Pure. @throws INVALID_URI for a path with `..`, NUL or a leading slash */
  resolve(path: string): string;
  /**
   * Content path of the same place without symlinks on the way, whether it exists or not: who may use a path is decided
   * by where it leads. The last symlink is followed unless `follow` is false. @throws PERMISSION_DENIED (leaves the tree)
   */
  real(path: string, options?: { follow?: boolean }): Promise<string>;
  stat(path: string): Promise<ContentEntry | undefined>;
  /** @throws NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED (symlink leaving the tree), TOO_LARGE beyond `limit` bytes */
  read(path: string, limit?: number, checked?: Checked): Promise<Buffer>;
  /**
   * The whole of a small regular file when it can be had without waiting for a disk or the thread pool, else undefined: `read`
   * decides and tells. For whoever reads thousands, and gives way to others in between.
   */
  readNow(path: string, checked?: Checked): Promise<Buffer | undefined>;
  /** @throws NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED (symlink leaving the tree), INVALID_ARGUMENT (no regular file) */
  open(path: string, checked?: Checked): Promise<ContentFile>;
  /**
   * Atomic and durable; a stream that fails leaves nothing. Parents must exist. `unchanged` is looked at right before
   * the file is replaced.
   * @throws NOT_FOUND (parent), IS_DIRECTORY, NO_SPACE, ALREADY_EXISTS (exclusive), CONFLICT (no longer `unchanged`)
   */
  write(
    path: string,
    data: FileData,
    options?: Checked & { exclusive?: boolean; unchanged?: Stamp },
  ): Promise<void>;
  /** Appends in one write and syncs. @throws NOT_FOUND unless `create` */
  append(path: string, data: string | Uint8Array, options?: Checked & { create?: boolean }): Promise<void>;
  /** Parents too; an existing directory is fine; durable. @throws NOT_DIRECTORY, ALREADY_EXISTS when a file is in the way */
  mkdir(path: string, checked?: Checked): Promise<void>;
  /** Returns how many entries went; 0 for a missing one. @throws NOT_EMPTY unless recursive */
  remove(path: string, options?: Checked & { recursive?: boolean }): Promise<number>;
  /**
   * With `replace`, what is there goes, of whatever kind, once the move is possible; a move that fails leaves it.
   * @throws NOT_FOUND, ALREADY_EXISTS (unless `replace`), INVALID_ARGUMENT (into itself, or `replace` of what it is in)
   */
  move(from: string, to: string, options?: MoveOptions): Promise<void>;
  /** One level, by name in code-point order, staging names left out. @throws NOT_FOUND, NOT_DIRECTORY */
  list(path: string, checked?: Checked): Promise<readonly ContentEntry[]>;
  /** Depth first, parents before children, each directory by name. Vanishing entries are passed over. */
  walk(path: string, options?: WalkOptions): AsyncIterable<ContentEntry>;
  /**
   * Runs `work` on an absolute path of the directory that stays its own while it runs, whatever its name leads to by then.
   * @throws PERMISSION_DENIED when it is not at `real`, NOT_FOUND, NOT_DIRECTORY
   */
  within<T>(path: string, checked: Required<Checked>, work: (dir: string) => Promise<T>): Promise<T>;
}

export interface ContentWatcher {
  /** Resolves when every directory that exists is watched. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}
