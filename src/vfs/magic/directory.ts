import { lstat } from 'node:fs/promises';
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
  const found = await lstat(context.backingPath(directory.segments));
  if (!found.isDirectory()) throw systemError('ENOTDIR', path);
}
