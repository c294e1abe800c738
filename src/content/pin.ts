import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { VikingError } from '../errors/index.ts';
import { shown } from './path.ts';
import { type Place, systemError, type Tree } from './tree.ts';

/**
 * Asserts that what was opened is what was allowed: between a check by name and the opening, a directory can be
 * exchanged for a symlink. proc(5): the link of a descriptor names where it really is, also after a rename.
 * @throws PERMISSION_DENIED
 */
export async function assertOpened(
  tree: Tree,
  file: FileHandle,
  { path, real }: { readonly path: string; readonly real: string | undefined },
): Promise<void> {
  if (real === undefined) return;
  if (!isAt(tree, await readlink(`/proc/self/fd/${file.fd}`), real)) throw exchanged(path);
}

function exchanged(path: string): VikingError {
  return new VikingError(
    'PERMISSION_DENIED',
    `${shown(path)}: it was exchanged for something else meanwhile`,
    {
      hint: 'Try again.',
    },
  );
}

/**
 * Runs `work` on the path of a directory that is held open, and is at the content path `real`: whatever is done below that
 * path is done in this directory, whatever its name leads to by then. Opened on this thread: the names are in the
 * kernel's cache, and the link of a descriptor is no file on a disk.
 * @throws PERMISSION_DENIED when it is not there, NOT_FOUND, NOT_DIRECTORY
 */
export async function inHeldDirectory<T>(
  tree: Tree,
  { path, real }: { readonly path: string; readonly real: string },
  work: (dir: string) => Promise<T>,
): Promise<T> {
  const directory = openDirectory(tree, { path, real });
  try {
    const dir = `/proc/self/fd/${directory}`;
    if (!isAt(tree, readlinkSync(dir), real)) throw exchanged(path);
    return await work(dir);
  } finally {
    closeSync(directory);
  }
}

function openDirectory(tree: Tree, { path, real }: { readonly path: string; readonly real: string }): number {
  try {
    return openSync(
      join(tree.real, real),
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch (error) {
    throw systemError(error, path);
  }
}

/** Whether a descriptor's link names the content path `real`. */
export function isAt(tree: Tree, found: string, real: string): boolean {
  return isOpenAt(found, join(tree.real, real));
}

/** Whether a descriptor's link names the absolute path `expected`, which has no symlinks. */
export function isOpenAt(found: string, expected: string): boolean {
  // Replaced since by an atomic write: what was opened is still what was there.
  return found === expected || found === `${expected} (deleted)`;
}

/**
 * Runs `work` on a place whose directory is held open and was checked, so that no exchange of a directory on the way
 * leads elsewhere: Node has no openat(2), but a path through the descriptor's link in /proc does the same.
 * @throws PERMISSION_DENIED when the directory is not where it was when its use was allowed
 */
export async function inPinnedDirectory<T>(
  tree: Tree,
  place: Place,
  { path, real }: { readonly path: string; readonly real: string | undefined },
  work: (place: Place) => Promise<T>,
): Promise<T> {
  if (real === undefined) return work(place);
  const directory = await open(place.dir, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const parent = real.split('/').slice(0, -1).join('/');
    await assertOpened(tree, directory, { path, real: parent });
    const dir = `/proc/self/fd/${directory.fd}`;
    return await work({ dir, name: place.name, path: join(dir, place.name) });
  } finally {
    await directory.close();
  }
}
