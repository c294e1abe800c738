import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
import type { Checked } from './contract.ts';
import { inPinnedDirectory } from './pin.ts';
import { type Place, placeOf, systemError, type Tree } from './tree.ts';

/** Removes the entry, a symlink as itself. Returns how many entries went; 0 when there was none. Durable. */
export async function removeContent(
  tree: Tree,
  path: string,
  options: Checked & { recursive?: boolean } = {},
): Promise<number> {
  try {
    const place = await placeOf(tree, path);
    return await inPinnedDirectory(tree, place, { path, real: options.real }, async (pinned) => {
      const removed = await removeAt(tree, pinned, options.recursive === true);
      await syncDirectory(pinned.dir);
      return removed;
    });
  } catch (error) {
    const known = systemError(error, path);
    if (known.code === 'NOT_FOUND' || known.code === 'NOT_DIRECTORY') return 0;
    throw known;
  }
}

async function removeAt(tree: Tree, place: Place, recursive: boolean): Promise<number> {
  if (!(await lstat(place.path)).isDirectory()) {
    await unlink(place.path);
    return 1;
  }
  if (!recursive) {
    await rmdir(place.path);
    return 1;
  }
  return removeTree(tree.stagingDir, Buffer.from(await takeAway(tree, place)));
}

/**
 * Moves a directory out of sight first: it is gone at once and as a whole, also when the process dies while deleting;
 * what is left in staging goes at the next open. Across filesystems it stays where it is.
 */
async function takeAway(tree: Tree, place: Place): Promise<string> {
  const hidden = hiddenIn(tree.stagingDir);
  try {
    await rename(place.path, hidden);
    await syncDirectory(place.dir);
    return hidden;
  } catch (error) {
    // EBUSY: a mount point. EACCES: moving a directory needs the right to change its "..".
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EXDEV' && code !== 'EBUSY' && code !== 'EACCES') throw error;
    return place.path;
  }
}

/** A path beyond PATH_MAX (4,096 bytes) can be made step by step, but not named: what is that deep is taken up first. */
const DEEP_BYTES = 2_048;

/** Removes a directory and all below it. In bytes, as a name on disk need not be UTF-8. Returns how many entries went. */
export async function removeTree(stagingDir: string, directory: Buffer): Promise<number> {
  let removed = 1;
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([directory, Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) {
      removed += await removeTree(
        stagingDir,
        path.length > DEEP_BYTES ? await takeUp(stagingDir, path) : path,
      );
    } else {
      await unlink(path);
      removed += 1;
    }
  }
  await rmdir(directory);
  return removed;
}

/** Across filesystems it stays where it is. */
async function takeUp(stagingDir: string, directory: Buffer): Promise<Buffer> {
  const hidden = hiddenIn(stagingDir);
  try {
    await rename(directory, hidden);
    return Buffer.from(hidden);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    return directory;
  }
}

/** A new name in staging for what is on its way out or in; what a killed process left there goes at the next open. */
export function hiddenIn(stagingDir: string): string {
  return join(stagingDir, `.vikingfs-${randomBytes(8).toString('hex')}.tmp`);
}
