import type { Stats } from 'node:fs';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentRecord } from './catalogue.ts';

type IndexedStamp = DocumentRecord['stamp'];

/**
 * Stamps of indexed files by path, and paths by inode: a file that is where none was and has the inode, size and time
 * of change of one that is gone has been moved, and need not be read. Renaming changes only `ctime`, and not that of
 * files below a renamed directory.
 */
export class StampBook {
  readonly #contentDir: string;
  #stamps = new Map<string, IndexedStamp>();
  readonly #byInode = new Map<number, string>();

  constructor(contentDir: string, stamps: ReadonlyMap<string, IndexedStamp> = new Map()) {
    this.#contentDir = contentDir;
    for (const [path, stamp] of stamps) this.set(path, stamp);
  }

  get(path: string): IndexedStamp | undefined {
    return this.#stamps.get(path);
  }

  set(path: string, stamp: IndexedStamp): void {
    // A file that was replaced has left its old inode, which the disk gives to the next one.
    this.delete(path);
    this.#stamps.set(path, stamp);
    this.#byInode.set(stamp[3], path);
  }

  delete(path: string): void {
    const stamp = this.#stamps.get(path);
    if (stamp === undefined) return;
    this.#stamps.delete(path);
    if (this.#byInode.get(stamp[3]) === path) this.#byInode.delete(stamp[3]);
  }

  /**
   * Where the file that is now at `path` was indexed, when it is unchanged since and gone from there. Only files of
   * one extension, because the name says how a text is cut.
   */
  movedFrom(path: string, found: Stats): string | undefined {
    const from = this.#byInode.get(found.ino);
    if (from === undefined || from === path || extension(from) !== extension(path)) return undefined;
    const stamp = this.#stamps.get(from);
    if (stamp?.[0] !== found.size || stamp[1] !== found.mtimeMs) return undefined;
    return this.#isGone(from) ? from : undefined;
  }

  #isGone(path: string): boolean {
    return lstatSync(join(this.#contentDir, path), { throwIfNoEntry: false }) === undefined;
  }
}

/** Of a name without a dot the whole name: `Makefile` and `messages.jsonl` are known by it. */
function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === 'messages.jsonl' ? name : name.slice(Math.max(0, name.lastIndexOf('.')));
}
