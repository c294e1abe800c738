import type { Stats } from 'node:fs';
import { link, lstat, rename, unlink } from 'node:fs/promises';
import { syncDirectory } from '../base/atomic-write.ts';
import { VikingError } from '../errors/index.ts';
import type { MoveOptions } from './contract.ts';
import { shown } from './path.ts';
import { inPinnedDirectory } from './pin.ts';
import { hiddenIn, removeTree } from './remove.ts';
import { type Place, placeOf, systemError, type Tree } from './tree.ts';

/**
 * Gives an entry another name, durably. A symlink moves as itself. What somebody else makes under the new name
 * meanwhile is never replaced unasked: see `renameToFree`.
 */
export async function moveContent(
  tree: Tree,
  from: string,
  to: string,
  options: MoveOptions = {},
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
  if (inTheWay !== undefined && options.replace !== true)
    throw new VikingError('ALREADY_EXISTS', `${shown(to)}: it exists already`);
  if (`${source.dir}/`.startsWith(`${target.path}/`)) {
    throw new VikingError('INVALID_ARGUMENT', `${shown(to)}: it cannot be replaced by what is in it`);
  }
  try {
    const { real } = options;
    await inPinnedDirectory(tree, source, { path: from, real: real?.from }, (one) =>
      inPinnedDirectory(tree, target, { path: to, real: real?.to }, async (other) => {
        if (options.replace !== true) await renameToFree(one.path, other.path, moved);
        else if (inTheWay === undefined || !(moved.isDirectory() || inTheWay.isDirectory()))
          await rename(one.path, other.path);
        else await exchange(tree, one.path, other);
        await syncDirectory(other.dir);
        if (source.dir !== target.dir) await syncDirectory(one.dir);
      }),
    );
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

/** Where rename(2) does not replace: what is in the way waits out of sight until the move is made, and comes back if not. */
async function exchange(tree: Tree, from: string, target: Place): Promise<void> {
  let hidden = hiddenIn(tree.stagingDir);
  await rename(target.path, hidden).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    hidden = hiddenIn(target.dir);
    return rename(target.path, hidden);
  });
  try {
    await rename(from, target.path);
  } catch (error) {
    await rename(hidden, target.path);
    throw error;
  }
  await syncDirectory(target.dir);
  if ((await lstat(hidden)).isDirectory()) await removeTree(tree.stagingDir, Buffer.from(hidden));
  else await unlink(hidden);
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
