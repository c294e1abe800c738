import { lstat, readdir } from 'node:fs/promises';
import { isStagingName, LAYER_FILES } from '../../uri/index.ts';

/** How long after its making a directory without entries has no layers of its own. */
const NEWBORN_MS = 5_000;

/**
 * Whether a directory was just made and holds nothing: then there is nothing to describe, and its layers may be absent.
 * `cp -r` and `tar x` need that: they make the directory and then each file in it with O_EXCL, the copies of listed
 * layers among them, and the kernel refuses O_EXCL by itself for a name that exists.
 */
export async function isNewborn(backing: string): Promise<boolean> {
  const { birthtimeMs } = await lstat(backing);
  // 0: the filesystem below does not keep the time of birth.
  if (birthtimeMs === 0 || Math.abs(Date.now() - birthtimeMs) > NEWBORN_MS) return false;
  const names = await readdir(backing);
  return names.every((name) => LAYER_FILES.has(name) || isStagingName(name));
}
