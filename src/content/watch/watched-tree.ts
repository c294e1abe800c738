import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { childPath } from '../path.ts';
import { type DirectoryWatch, watchDirectory } from './directory-watch.ts';

export interface TreeListener {
  onEvent(directory: string, name: string | undefined, isRename: boolean): void;
  onError(directory: string, error: NodeJS.ErrnoException): void;
}

const AT_ONCE = 16;

/** The directories that are watched, by content path. Hidden ones are not entered, as by `walk`. */
export class WatchedTree {
  readonly #root: string;
  readonly #listener: TreeListener;
  readonly #watches = new Map<string, DirectoryWatch>();
  #closed = false;

  /** `root` is the absolute path of the content directory, without symlinks. */
  constructor(root: string, listener: TreeListener) {
    this.#root = root;
    this.#listener = listener;
  }

  get size(): number {
    return this.#watches.size;
  }

  has(directory: string): boolean {
    return this.#watches.has(directory);
  }

  /**
   * Watches the directory and all below. Each is watched first and listed then, so that whatever is made meanwhile is
   * either listed or an event.
   */
  async add(directory: string): Promise<void> {
    let level = [directory];
    while (level.length > 0 && !this.#closed) {
      const next: string[] = [];
      for (let at = 0; at < level.length; at += AT_ONCE) {
        const found = await Promise.all(level.slice(at, at + AT_ONCE).map((path) => this.#addOne(path)));
        next.push(...found.flat());
      }
      level = next;
    }
  }

  /** Forgets the directory and all below it. */
  async drop(directory: string): Promise<void> {
    const within = directory === '' ? '' : `${directory}/`;
    const dropped = [...this.#watches].filter(([path]) => path === directory || path.startsWith(within));
    for (const [path] of dropped) this.#watches.delete(path);
    await Promise.all(dropped.map(([, watch]) => watch.close()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.drop('');
  }

  /** Returns the directories in it. */
  async #addOne(directory: string): Promise<string[]> {
    if (this.#closed) return [];
    if (!this.#watches.has(directory)) {
      const watch = watchDirectory(join(this.#root, directory), {
        onEvent: (name, isRename) => this.#listener.onEvent(directory, name, isRename),
        onError: (error) => this.#listener.onError(directory, error),
      });
      this.#watches.set(directory, watch);
      await watch.ready;
    }
    return this.#directoriesIn(directory);
  }

  async #directoriesIn(directory: string): Promise<string[]> {
    try {
      const entries = await readdir(join(this.#root, directory), { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory() && isWatchable(entry.name))
        .map((entry) => childPath(directory, entry.name));
    } catch {
      // Gone again, or closed to us: the event of its parent tells.
      return [];
    }
  }
}

/** chokidar takes a backslash for a slash, and no URI can name such a directory. */
export function isWatchable(name: string): boolean {
  return !name.startsWith('.') && !name.includes('\\');
}
