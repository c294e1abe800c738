import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import type { Store } from '../records/contract.ts';
import { forgetRecords, moveRecords, recordedAt } from './records-by-path.ts';

/** How long a removed entry may be away: programs save a file by removing it and putting a new one in its place. */
const AWAY_MS = 1_000;
/** How long a rename is remembered as the first half of a save (`a` to `a~`, a new `a`, `a~` removed). */
const SAVE_MS = 10_000;
/** Renames remembered. */
const RENAMES_MAX = 1_000;

/** What is recorded of entries (tags, relations, use) when somebody changes their names past the core, in a mount. */
export interface GoneEntries {
  /** The entry, or some below it, may be gone: what is recorded of those that stay away is forgotten. Cheap. */
  removed(path: string): void;
  /** What is recorded follows. */
  renamed(from: string, to: string): Promise<void>;
  /** Carries out what is pending, without waiting for what may come back. */
  settle(): Promise<void>;
}

/** Both are carried out one after another, in the order they are told. */
export function createGoneEntries(options: {
  readonly store: Store;
  readonly content: ContentStore;
  readonly log: Logger;
}): GoneEntries {
  const { store, content, log } = options;
  const renames = new Map<string, { readonly from: string; readonly atMs: number }>();
  let pending = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting: AbortController | undefined;

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch((error: unknown) => {
      log.warn({ error: String(error) }, 'records did not follow a change of names');
    });
    return done;
  }

  async function forgetGone(): Promise<void> {
    const paths = pending;
    pending = new Set();
    for (const path of await recordedAt(store, paths)) {
      if ((await content.stat(path)) !== undefined) continue;
      const before = renames.get(path);
      const isSave = before !== undefined && performance.now() - before.atMs < SAVE_MS;
      if (isSave && (await content.stat(before.from)) !== undefined) {
        await moveRecords(store, path, before.from);
      } else await forgetRecords(store, path);
    }
  }

  function settle(): Promise<void> {
    waiting?.abort();
    waiting = undefined;
    return pending.size === 0 ? last.then(() => undefined) : inTurn(forgetGone);
  }

  return {
    removed(path) {
      pending.add(path);
      if (waiting !== undefined) return;
      waiting = new AbortController();
      const { signal } = waiting;
      void delay(AWAY_MS, undefined, { signal, ref: false })
        .then(settle)
        .catch(() => undefined);
    },
    renamed(from, to) {
      if (renames.size >= RENAMES_MAX) renames.clear();
      renames.set(to, { from, atMs: performance.now() });
      return inTurn(() => moveRecords(store, from, to));
    },
    settle,
  };
}
