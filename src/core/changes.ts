import { ABSTRACT, type VikingUri } from '../uri/index.ts';
import type { ContentChange } from './core.ts';
import { pathUri } from './namespace.ts';

/** Where a change was made: through a mount of ours, through another door of ours, or behind our back. */
export type ChangeOrigin = 'mount' | 'door' | 'outside';

export interface Changes {
  /** Tells everyone who derives something from content. Cheap: work is done elsewhere. */
  report(paths: readonly string[], origin: ChangeOrigin): void;
  /** Hands gathered hints on now, so that a flush of the worker covers them. */
  settle(): void;
  /** Whether hints at, below or about all around a content path wait: what is derived from it is behind. */
  isBehind(path: string): boolean;
  /** Whether many hints wait for the end of the work that causes them. */
  inBurst(): boolean;
  /** Generated layers of these directories (content paths) came or went: drivers show them, nothing is derived. */
  listed(directories: readonly string[]): void;
  /** Generated layers of these directories may read differently. */
  built(directories: readonly string[]): void;
  listen(listener: (change: ContentChange) => void): () => void;
}

export interface ChangesOptions {
  /** The text worker's mark: index and layers look at these paths again. */
  touch(paths: readonly string[]): void;
  /** One event per changed entry. */
  event(account: string, uri: VikingUri, origin: ChangeOrigin): void;
}

/**
 * Hints go to the worker when a burst of changes has ended, so that indexing does not take the processor from the very
 * writes that cause it; a burst without end is handed on from time to time. Whoever asks in between settles first.
 */
const QUIET_MS = 100;
const LONGEST_MS = 5_000;
/**
 * Many changes are the work of somebody with more to do: unpack and build, check out and compare, make and remove.
 * Measured on two cores: indexing 5,000 new files beside `rm` of them made `rm` take 4 s instead of 0.4.
 */
const MANY = 500;
const QUIET_AFTER_MANY_MS = 1_500;
const LONGEST_OF_MANY_MS = 15_000;
/** How long after a change of ours the watcher's word about the same path is taken for its echo, at least. */
const ECHO_MS = 500;

/**
 * The fan-out of changes. Deriving is idempotent (stamps decide), so our own change seen again by the watcher costs
 * a stat; only the event and the drivers' invalidation are kept from repeating.
 */
export function createChanges(options: ChangesOptions): Changes {
  const listeners = new Set<(change: ContentChange) => void>();
  const gathered = new Set<string>();
  /** Every directory above a gathered path. */
  const above = new Set<string>();
  const recent = recentPaths();
  /** Many changes in a row are of one file: who appends to it, and the watcher's echo of that. */
  let last: { readonly path: string; readonly found: ReturnType<typeof pathUri> } = {
    path: '',
    found: undefined,
  };
  let timer: NodeJS.Timeout | undefined;
  let firstAt = 0;
  let lastAt = 0;

  function settle(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.size === 0) return;
    const paths = [...gathered];
    gathered.clear();
    above.clear();
    options.touch(paths);
  }

  function inBurst(): boolean {
    return gathered.size >= MANY;
  }

  function gather(path: string): void {
    gathered.add(path);
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const directory = path.slice(0, at);
      if (above.has(directory)) return;
      above.add(directory);
    }
  }

  function isBehind(path: string): boolean {
    if (gathered.size === 0) return false;
    if (above.has(path) || gathered.has(path) || gathered.has('')) return true;
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      if (gathered.has(path.slice(0, at))) return true;
    return false;
  }

  /** One timer for a burst: it looks again while changes keep coming, instead of being set anew for each. */
  function settleWhenQuiet(): void {
    const now = performance.now();
    const quietAt = lastAt + (inBurst() ? QUIET_AFTER_MANY_MS : QUIET_MS);
    const dueMs = Math.min(quietAt, firstAt + (inBurst() ? LONGEST_OF_MANY_MS : LONGEST_MS)) - now;
    if (dueMs <= 0) settle();
    else timer = setTimeout(settleWhenQuiet, dueMs);
  }

  /** Whether the watcher repeats what one of our doors has just said. */
  function isEcho(path: string, origin: ChangeOrigin): boolean {
    if (origin === 'outside') return recent.has(path);
    recent.add(path);
    return false;
  }

  function tellOfLayers(directories: readonly string[], isShown: boolean): void {
    if (listeners.size === 0) return;
    for (const directory of directories) {
      const found = pathUri(`${directory}/${ABSTRACT}`);
      if (found !== undefined) for (const listener of listeners) listener({ ...found, isShown });
    }
  }

  return {
    report(paths, origin) {
      for (const path of paths) {
        gather(path);
        const echo = isEcho(path, origin);
        if (path !== last.path) last = { path, found: pathUri(path) };
        const { found } = last;
        if (found === undefined) continue;
        // A hint about everything is no event: it says nothing about any entry.
        const isEvent = !echo && !found.uri.isRoot;
        if (isEvent) options.event(found.account, found.uri, origin);
        const isShown = origin === 'mount' || !isEvent;
        for (const listener of listeners) listener({ ...found, isShown });
      }
      lastAt = performance.now();
      if (timer !== undefined) return;
      firstAt = lastAt;
      timer = setTimeout(settleWhenQuiet, QUIET_MS);
    },
    settle,
    isBehind,
    inBurst,
    listed: (directories) => tellOfLayers(directories, false),
    built: (directories) => tellOfLayers(directories, true),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Paths said lately, for one to two times `ECHO_MS`. Two sets that take turns: nothing is ever searched for what is old. */
function recentPaths(): { add(path: string): void; has(path: string): boolean } {
  let current = new Set<string>();
  let before = new Set<string>();
  let turnedAt = performance.now();
  function turn(): void {
    const age = performance.now() - turnedAt;
    if (age < ECHO_MS) return;
    before = age < 2 * ECHO_MS ? current : new Set();
    current = new Set();
    turnedAt += age;
  }
  return {
    add(path) {
      turn();
      current.add(path);
    },
    has(path) {
      turn();
      return current.has(path) || before.has(path);
    },
  };
}
