import type { Stats } from 'node:fs';
import { lstat, rename } from 'node:fs/promises';
import { syncDirectory } from '../base/atomic-write.ts';
import { VikingError } from '../errors/index.ts';
import { shown } from './path.ts';
import { placeOf, systemError, type Tree } from './tree.ts';

/**
 * Gives an entry another name, durably. A symlink moves as itself. Another process that makes the target between the
 * check and the rename loses it if it is a file (Node has no RENAME_NOREPLACE); in the daemon, writers of one path
 * take turns.
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
    await rename(source.path, target.path);
    await syncDirectory(target.dir);
    if (source.dir !== target.dir) await syncDirectory(source.dir);
  } catch (error) {
    throw systemError(error, to);
  }
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
