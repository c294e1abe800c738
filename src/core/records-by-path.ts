import type { Change, Store, Table } from '../records/contract.ts';

/** Tables whose keys begin with the content path of what they are about. */
const FORGOTTEN = ['tags', 'relations', 'active-counts', 'active-settled'] as const;

/** Those that say something of an entry wherever it is; a settlement belongs to a session, which cannot be moved. */
const FOLLOWING = ['tags', 'relations', 'active-counts'] as const;

/**
 * What is recorded of an entry and of everything below follows it to its new path, in one batch. Of an entry that is
 * replaced what was recorded stays where the moved one brings nothing of its own: programs save a file by renaming a
 * new one over it.
 */
export async function moveRecords(store: Store, from: string, to: string): Promise<void> {
  const changes: Change[] = [];
  for (const name of FOLLOWING) {
    const table = store.table<unknown>(name);
    for (const [key, value] of await recorded(table, from))
      changes.push(table.deleting(key), table.putting(to + key.slice(from.length), value));
  }
  if (changes.length > 0) await store.batch(changes);
}

/** Removes what is recorded of an entry and of everything below. */
export async function forgetRecords(store: Store, path: string): Promise<void> {
  const changes: Change[] = [];
  for (const name of FORGOTTEN) {
    const table = store.table<unknown>(name);
    for (const [key] of await recorded(table, path)) changes.push(table.deleting(key));
  }
  if (changes.length > 0) await store.batch(changes);
}

/** Beyond so many paths the tables are read through once instead of being asked for each. */
const ASKED_MOST = 64;

/** Paths at or below these that something follows. */
export async function recordedAt(store: Store, paths: ReadonlySet<string>): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of FOLLOWING) {
    const table = store.table<unknown>(name);
    if (paths.size <= ASKED_MOST) {
      for (const path of paths) for (const [key] of await recorded(table, path)) found.add(key);
    } else {
      for await (const key of table.keys()) if (isAtOrBelow(key, paths)) found.add(key);
    }
  }
  return [...found];
}

function isAtOrBelow(path: string, roots: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (roots.has(path.slice(0, end))) return true;
  }
  return false;
}

async function recorded(table: Table<unknown>, path: string): Promise<(readonly [string, unknown])[]> {
  const found: (readonly [string, unknown])[] = [];
  const own = await table.get(path);
  if (own !== undefined) found.push([path, own]);
  // `0` follows `/`: everything below the path, and nothing beside it.
  for await (const entry of table.entries({ gte: `${path}/`, lt: `${path}0` })) found.push(entry);
  return found;
}
