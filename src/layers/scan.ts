import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ContentStore } from '../content/contract.ts';
import { isVikingError } from '../errors/index.ts';
import type { LayerRecords } from './layer-records.ts';
import { isQuietName, joined, type Listing, listDirectory } from './listing.ts';

export interface ScanOptions {
  readonly signal: AbortSignal;
  /** Whether the layers of a listed directory are not those it should have. */
  differs(listing: Listing): boolean;
  found(directory: string): void;
}

/**
 * Lists every directory once and reports those that changed while nobody watched; forgets what is known of directories
 * that are gone. Reads no file. A directory that cannot be listed is reported, so that building it says why.
 */
export async function scanDirectories(
  content: ContentStore,
  records: LayerRecords,
  { signal, differs, found }: ScanOptions,
): Promise<void> {
  const unseen = new Set(records.stamps.keys());
  const open = [''];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    if (signal.aborted) return;
    unseen.delete(directory);
    try {
      const listing = await listDirectory(content, directory);
      for (const { kind, name } of listing.visible) {
        if (kind === 'directory' && !isQuietName(name)) open.push(joined(directory, name));
      }
      if (directory !== '' && differs(listing)) found(directory);
    } catch (error) {
      if (directory !== '' && !(isVikingError(error) && error.code === 'NOT_FOUND')) found(directory);
    }
    await nextTurn();
  }
  for (const directory of unseen) {
    if (signal.aborted) return;
    const entry = await content.stat(directory).catch(() => undefined);
    if (entry?.kind !== 'directory' && records.stamps.has(directory)) await records.forget(directory);
  }
}
