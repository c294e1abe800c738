import { loadBinding } from './binding.ts';

/**
 * Has the process survive that somebody truncates a file which is mapped into its memory, as LevelDB's tables are: what is
 * missing reads as zeros, and so as damage, where the kernel would end the process with SIGBUS. Returns false without the
 * addon.
 */
export function surviveTruncatedMaps(): boolean {
  try {
    const survive = loadBinding().surviveTruncatedMaps;
    survive?.();
    return survive !== undefined;
  } catch {
    // The portable driver runs without the addon.
    return false;
  }
}
