import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isStagingName, LAYER_FILES } from '../../uri/index.ts';

/** How long after its making a directory without entries has no layers of its own. */
const NEWBORN_MS = 5_000;
const MOST_SHOWN = 4_096;

/** Directories whose layers somebody was shown, by path, with the time in milliseconds. */
export interface ShownLayers {
  add(backing: string): void;
  /** Whether layers were listed since `sinceMs`. */
  has(backing: string, sinceMs: number): boolean;
}

export function createShownLayers(): ShownLayers {
  const shown = new Map<string, number>();
  return {
    add(backing) {
      shown.delete(backing);
      shown.set(backing, Date.now());
      if (shown.size > MOST_SHOWN) shown.delete(shown.keys().next().value!);
    },
    has: (backing, sinceMs) => (shown.get(backing) ?? Number.NEGATIVE_INFINITY) >= sinceMs,
  };
}

/**
 * Whether a directory was just made and holds nothing: then there is nothing to describe, and its layers may be absent.
 * `cp -r` and `tar x` need that: they make the directory and then each file in it with O_EXCL, the copies of listed
 * layers among them, and the kernel refuses O_EXCL by itself for a name that exists. Layers that were listed since stay
 * until the directory goes: a program that removes a tree unlinks what it listed, and is told when a name is missing.
 */
export async function isNewborn(backing: string, shown: ShownLayers): Promise<boolean> {
  const { birthtimeMs } = lstatSync(backing);
  // 0: the filesystem below does not keep the time of birth.
  if (birthtimeMs === 0 || Math.abs(Date.now() - birthtimeMs) > NEWBORN_MS) return false;
  if (shown.has(backing, birthtimeMs)) return false;
  const names = await readdir(backing);
  return names.every((name) => LAYER_FILES.has(name) || isStagingName(name));
}
