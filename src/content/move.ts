import type { Stats } from 'node:fs';
import { link, lstat, rename, unlink } from 'node:fs/promises';
import { syncDirectory } from '../base/atomic-write.ts';
import { VikingError } from '../errors/index.ts';
import { shown } from './path.ts';
import { placeOf, systemError, type Tree } from './tree.ts';

/**
 * Gives an entry another name, durably. A symlink moves as itself. What somebody else makes under the new name
 * meanwhile is never replaced unasked: see `renameToFree`.
 */
export async function moveContent(
  tree: Tree,
  from: string,
  to: string,
  options: { replace?: boolean } = {},
): Promise<void> {
  const source = await placeOf(tree, from);
  const moved = await lstatOrNone(source.path, from);
  if (moved === undefined) throw new VikingError('NOT_FOUND', `${shown(from)}: there is no such entry`);
  const target = await placeOf(tree, to);
  if (source.path === target.path) return;
  if (`${target.dir}/`.startsWith(`${source.path}/`)) {
    throw new VikingError(
      'INVALID_ARGUMENT',
      `${shown(from)}: a directory cannot move into itself (${shown(to)})`,
    );
  }
  const inTheWay = await lstatOrNone(target.path, to);
  if (inTheWay !== undefined) assertReplaceable(moved, inTheWay, to, options.replace === true);
  try {
    if (options.replace === true) await rename(source.path, target.path);
    else await renameToFree(source.path, target.path, moved);
    await syncDirectory(target.dir);
    if (source.dir !== target.dir) await syncDirectory(source.dir);
  } catch (error) {
    throw systemError(error, to);
  }
}

/**
 * Node has no RENAME_NOREPLACE. A hard link fails where a name is taken; killed between its two steps it leaves both
 * names of one file, and nothing lost. A directory, which cannot be linked, replaces at most an empty directory.
 */
async function renameToFree(from: string, to: string, moved: Stats): Promise<void> {
  if (moved.isDirectory()) return rename(from, to);
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Filesystems without hard links, and files of others (fs.protected_hardlinks).
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK') throw error;
    return rename(from, to);
  }
  await unlink(from);
}

function assertReplaceable(moved: Stats, inTheWay: Stats, to: string, replace: boolean): void {
  if (replace && !moved.isDirectory() && !inTheWay.isDirectory()) return;
  throw new VikingError('ALREADY_EXISTS', `${shown(to)}: it exists already`);
}

async function lstatOrNone(absolute: string, path: string): Promise<Stats | undefined> {
  try {
    return await lstat(absolute);
  } catch (error) {
    const known = systemError(error, path);
    if (known.code === 'NOT_FOUND') return undefined;
    throw known;
  }
}
