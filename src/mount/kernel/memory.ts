import { loadBinding } from './binding.ts';

/**
 * Has the C allocator return to the system what is freed, and its threads share two arenas: see native/src/memory.h. For
 * the start of a process. Returns false without the addon; then memory only stays larger than it need be.
 */
export function giveMemoryBack(): boolean {
  try {
    const give = loadBinding().giveMemoryBack;
    give?.();
    return give !== undefined;
  } catch {
    // The portable driver runs without the addon.
    return false;
  }
}
