import { loadBinding } from './binding.ts';

/** The addon's read of what is in the kernel's cache, see native/src/cached_read.h; undefined without the addon. */
export function cachedReader(): ((fd: number, buffer: Uint8Array) => number | undefined) | undefined {
  try {
    return loadBinding().readCached;
  } catch {
    // The portable driver runs without the addon, and so does everything else.
    return undefined;
  }
}
