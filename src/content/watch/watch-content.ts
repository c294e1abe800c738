import { lstatSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '../../base/log.ts';
import { toVikingError } from '../../errors/index.ts';
import { isStagingName } from '../../uri/index.ts';
import type { ContentStore, ContentWatcher } from '../contract.ts';
import { childPath, compareNames } from '../path.ts';
import { Batch, type PendingChanges } from './batch.ts';
import { isWatchable, WatchedTree } from './watched-tree.ts';

export interface WatchContentOptions {
  readonly log: Logger;
  /**
   * Content paths where something came, went or changed, sorted, each once; whether by us or by others. A directory
   * that came or went is one path and stands for all below it; by then it is watched, so reading it misses nothing.
   */
  onChange(paths: readonly string[]): void;
  /** Changes may have been missed: look at the whole tree. */
  onOverflow?(): void;
}

const AT_ONCE = 16;
/** The kernel's default for fs.inotify.max_queued_events. */
const DEFAULT_QUEUED_EVENTS = 16_384;

/** Reports changes of the content tree. Hidden directories are not looked into, as by `walk`. */
export function watchContent(store: ContentStore, options: WatchContentOptions): ContentWatcher {
  const watching = new Watching(store, options);
  return { ready: watching.start(), close: () => watching.close() };
}

class Watching {
  readonly #store: ContentStore;
  readonly #options: WatchContentOptions;
  readonly #batch = new Batch((changes) => this.#flush(changes));
  #root = '';
  #tree: WatchedTree | undefined;
  #queuedEvents = DEFAULT_QUEUED_EVENTS;
  #overflowed = false;
  #closed = false;

  constructor(store: ContentStore, options: WatchContentOptions) {
    this.#store = store;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#root = await realpath(this.#store.dir);
    this.#queuedEvents = await kernelLimit('max_queued_events', DEFAULT_QUEUED_EVENTS);
    if (this.#closed) return;
    this.#tree = new WatchedTree(this.#root, {
      onEvent: (directory, name, isRename) => this.#onEvent(directory, name, isRename),
      onError: (directory, error) => this.#onError(directory, error),
    });
    await this.#tree.add('');
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#batch.close();
    await this.#tree?.close();
  }

  #onEvent(directory: string, name: string | undefined, isRename: boolean): void {
    this.#batch.note((pending) => {
      if (name !== undefined && isStagingName(name)) return;
      // Polling, which chokidar's environment variables can force, names the directory itself.
      if (name === undefined || isAbsolute(name)) {
        pending.paths.add(directory);
        return;
      }
      const path = childPath(directory, name);
      pending.paths.add(path);
      if (!isRename) return;
      pending.renamed.add(path);
      // inotify's events about the directory itself carry no name; libuv fills in the last one of its path.
      if (name === this.#nameOf(directory)) pending.stale.add(directory);
    });
  }

  async #flush(changes: PendingChanges): Promise<void> {
    try {
      const whole = await this.#followDirectories(changes);
      // The kernel drops events beyond its queue, and libuv keeps that to itself; so many at once mean it was full.
      if (changes.events >= this.#queuedEvents) {
        changes.missed ??= `${changes.events} changes came at once`;
        await this.#tree?.drop('');
        await this.#tree?.add('');
      }
      if (this.#closed) return;
      if (changes.missed !== undefined) this.#overflow(changes.missed);
      const paths = [...changes.paths].filter((path) => !isBelowAny(path, whole)).sort(compareNames);
      if (paths.length > 0) this.#options.onChange(paths);
    } catch (error) {
      this.#options.log.error(
        { error: toVikingError(error).message },
        'content watcher failed on a batch of changes',
      );
      this.#overflow('a batch of changes was lost');
    }
  }

  /**
   * Forgets the directories that went and watches those that came; returns both. Forgetting comes first: a moved
   * directory is one inotify watch under both names, and libuv would keep the old name for its events.
   */
  async #followDirectories(changes: PendingChanges): Promise<Set<string>> {
    const tree = this.#tree;
    const whole = new Set<string>();
    if (tree === undefined) return whole;
    for (const path of changes.stale) if (tree.has(path)) changes.paths.add(path);
    const suspects = [...new Set([...changes.stale, ...changes.renamed])].sort(compareNames);
    const came: string[] = [];
    for (let at = 0; at < suspects.length; at += AT_ONCE) {
      const some = suspects.slice(at, at + AT_ONCE);
      const found = some.map((path) => this.#isDirectory(path));
      await nextTurn();
      for (const [index, path] of some.entries()) {
        const isDirectory = found[index] === true;
        if (isBelowAny(path, whole) || (isDirectory === tree.has(path) && !changes.stale.has(path))) continue;
        whole.add(path);
        await tree.drop(path);
        if (isDirectory && this.#isEntered(path)) came.push(path);
        if (!isDirectory && path === '') changes.missed ??= 'the content directory is gone';
      }
    }
    for (const path of came) await tree.add(path);
    return whole;
  }

  /** The content directory has no name in the tree, but its events do. */
  #nameOf(directory: string): string {
    const path = directory === '' ? this.#root : directory;
    return path.slice(path.lastIndexOf('/') + 1);
  }

  #isEntered(path: string): boolean {
    return path.split('/').every(isWatchable);
  }

  /**
   * Synchronous: what just changed is in the kernel's caches, and a burst of thousands costs a fifth of what handing
   * each to the thread pool would.
   */
  #isDirectory(path: string): boolean {
    try {
      return lstatSync(join(this.#root, path), { throwIfNoEntry: false })?.isDirectory() === true;
    } catch {
      return false;
    }
  }

  #onError(directory: string, error: NodeJS.ErrnoException): void {
    if (error.code !== 'ENOSPC' && error.code !== 'EMFILE') {
      this.#options.log.warn({ directory, error: error.message }, 'directory not watched');
      return;
    }
    // One limit is met by many directories: they are one message.
    this.#batch.note((pending) => {
      pending.missed ??= `no more directories can be watched (${error.code}), first ${directory || 'the content directory'}`;
    });
  }

  /** Told every time, logged once. */
  #overflow(reason: string): void {
    if (!this.#overflowed) {
      const hint =
        'Raise fs.inotify.max_user_watches (or max_user_instances, max_queued_events) with sysctl.';
      this.#options.log.warn({ reason, hint }, `changes behind the mount can be missed: ${reason}. ${hint}`);
    }
    this.#overflowed = true;
    this.#options.onOverflow?.();
  }
}

/** Whether `path` is below, but not itself, one of `directories`. */
function isBelowAny(path: string, directories: ReadonlySet<string>): boolean {
  if (directories.size === 0) return false;
  if (path !== '' && directories.has('')) return true;
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    if (directories.has(path.slice(0, at))) return true;
  }
  return false;
}

async function kernelLimit(name: string, fallback: number): Promise<number> {
  const text = await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8').catch(() => '');
  return Number.parseInt(text, 10) || fallback;
}
