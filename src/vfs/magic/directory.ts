import { lstatSync } from 'node:fs';
import type { VfsContext } from '../context.ts';
import { systemError } from '../fault.ts';
import type { DirectoryPlace } from '../locate.ts';

/** Reserved names exist in directories that exist. @throws ENOENT, ENOTDIR naming `path` */
export async function assertDirectory(
  context: VfsContext,
  directory: DirectoryPlace,
  path: string,
): Promise<void> {
  if (directory.kind === 'root' || directory.kind === 'users') return;
  // The kernel has just looked this directory up: its inode is in memory, and a trip to the thread pool costs far more.
  const found = lstatSync(context.backingPath(directory.segments));
  if (!found.isDirectory()) throw systemError('ENOTDIR', path);
}
