import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
import { VikingError } from '../errors/index.ts';
import type { Checked } from './contract.ts';
import { segmentsOf, shown } from './path.ts';
import { realInside, systemError, type Tree } from './tree.ts';

/**
 * Makes the directory and its parents, each durable before the next, following symlinks that stay inside. With `real`,
 * none is followed any more: what became one since the check is in the way.
 */
export async function makeDirectory(tree: Tree, path: string, { real }: Checked = {}): Promise<void> {
  if (real !== undefined) return makePinned(tree, real);
  const segments = segmentsOf(path);
  let parent = tree.real;
  for (const [index, name] of segments.entries()) {
    const at = segments.slice(0, index + 1).join('/');
    const made = await makeOne(parent, name, at);
    parent = made
      ? join(parent, name)
      : await enter(tree, parent, name, { at, isLast: index === segments.length - 1 });
  }
}

/** Step by step from the content directory, each held open while the next is made in it; see `inPinnedDirectory`. */
async function makePinned(tree: Tree, path: string): Promise<void> {
  const segments = segmentsOf(path);
  let parent = await open(tree.real, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const [index, name] of segments.entries()) {
      const at = segments.slice(0, index + 1).join('/');
      const held = `/proc/self/fd/${parent.fd}`;
      await makeOne(held, name, at);
      const next = await openStep(join(held, name), { at, isLast: index === segments.length - 1 });
      await parent.close();
      parent = next;
    }
  } finally {
    await parent.close();
  }
}

async function openStep(path: string, where: { at: string; isLast: boolean }): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR' || code === 'ELOOP') throw inTheWay(where);
    throw systemError(error, where.at);
  }
}

function inTheWay({ at, isLast }: { at: string; isLast: boolean }): VikingError {
  const code = isLast ? 'ALREADY_EXISTS' : 'NOT_DIRECTORY';
  return new VikingError(code, `${shown(at)}: something that is not a directory is in the way`);
}

async function makeOne(parent: string, name: string, at: string): Promise<boolean> {
  try {
    await mkdir(join(parent, name));
    await syncDirectory(parent);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw systemError(error, at);
  }
}

/** The directory that stands where one was to be made. */
async function enter(
  tree: Tree,
  parent: string,
  name: string,
  { at, isLast }: { at: string; isLast: boolean },
): Promise<string> {
  try {
    const path = join(parent, name);
    const found = await lstat(path);
    if (found.isDirectory()) return path;
    if (found.isSymbolicLink()) {
      const real = await realInside(tree, at);
      if ((await lstat(real)).isDirectory()) return real;
    }
  } catch (error) {
    const known = systemError(error, at);
    if (known.code !== 'NOT_FOUND') throw known;
  }
  throw inTheWay({ at, isLast });
}
