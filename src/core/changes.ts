import type { VikingUri } from '../uri/index.ts';
import type { ContentChange } from './core.ts';
import { pathUri } from './namespace.ts';

/** Where a change was made: through a mount of ours, through another door of ours, or behind our back. */
export type ChangeOrigin = 'mount' | 'door' | 'outside';

export interface Changes {
  /** Tells everyone who derives something from content. Cheap: work is done elsewhere. */
  report(paths: readonly string[], origin: ChangeOrigin): void;
  /** Hands gathered hints on now, so that a flush of the worker covers them. */
  settle(): void;
  listen(listener: (change: ContentChange) => void): () => void;
}

export interface ChangesOptions {
  /** The text worker's mark: index and layers look at these paths again. */
  touch(paths: readonly string[]): void;
  /** One event per changed entry. */
  event(account: string, uri: VikingUri, origin: ChangeOrigin): void;
}

/** How long hints are gathered before they go to the worker: one message for a burst of writes. */
const GATHER_MS = 20;
/** How long after a change of ours the watcher's word about the same path is taken for its echo, at least. */
const ECHO_MS = 500;

/**
 * The fan-out of changes. Deriving is idempotent (stamps decide), so our own change seen again by the watcher costs
 * a stat; only the event and the drivers' invalidation are kept from repeating.
 */
export function createChanges(options: ChangesOptions): Changes {
  const listeners = new Set<(change: ContentChange) => void>();
  const gathered = new Set<string>();
  const recent = recentPaths();
  let timer: NodeJS.Timeout | undefined;

  function settle(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.size === 0) return;
    const paths = [...gathered];
    gathered.clear();
    options.touch(paths);
  }

  /** Whether the watcher repeats what one of our doors has just said. */
  function isEcho(path: string, origin: ChangeOrigin): boolean {
    if (origin === 'outside') return recent.has(path);
    recent.add(path);
    return false;
  }

  return {
    report(paths, origin) {
      for (const path of paths) {
        gathered.add(path);
        const echo = isEcho(path, origin);
        const found = pathUri(path);
        // A hint about everything is no event: it says nothing about any entry.
        if (found === undefined || echo || found.uri.isRoot) continue;
        options.event(found.account, found.uri, origin);
        if (origin !== 'mount') for (const listener of listeners) listener(found);
      }
      timer ??= setTimeout(settle, GATHER_MS);
    },
    settle,
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
