import type { Store } from '../records/contract.ts';

/** Tags of every tagged entry, by content path. */
export async function allTags(store: Store): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for await (const [path, tags] of store.table<readonly string[]>('tags').entries()) found.set(path, tags);
  return found;
}
