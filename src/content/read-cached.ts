import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { isAt } from './pin.ts';
import type { Place, Tree } from './tree.ts';

/**
 * Fills the buffer from the start of a file with what can be had without waiting for a disk; returns the number of
 * bytes, undefined when waiting could be needed or the file system cannot say.
 */
export type CachedReader = (descriptor: number, buffer: Uint8Array) => number | undefined;

/** Copying it takes less than a trip to the thread pool and back. */
const MOST_BYTES = 64 * 1024;

export interface CachedRead {
  readonly reader: CachedReader;
  readonly limit: number;
  /** As in `Checked`. */
  readonly real: string | undefined;
}

/**
 * A small regular file that is in the kernel's cache, read on this thread: seven trips to the thread pool, which others
 * keep busy, for what takes microseconds were most of the time of a small read. Undefined for whatever is not that simple,
 * errors and refusals too: the way through the pool decides and tells.
 */
export function readSmallCached(tree: Tree, place: Place, how: CachedRead): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(place.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (how.real !== undefined && !isAt(tree, readlinkSync(`/proc/self/fd/${file}`), how.real))
      return undefined;
    const found = fstatSync(file);
    if (!found.isFile() || found.size === 0 || found.size > Math.min(MOST_BYTES, how.limit)) return undefined;
    const buffer = Buffer.allocUnsafe(found.size);
    return how.reader(file, buffer) === found.size ? buffer : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
