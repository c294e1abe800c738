import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { toVikingError, VikingError } from '../errors/index.ts';
import type { AttributeCopier } from './keep-attributes.ts';
import { childPath, segmentsOf, shown } from './path.ts';
import type { CachedReader } from './read-cached.ts';

/** The content directory as its operations see it. */
export interface Tree {
  /** Absolute path as given. */
  readonly dir: string;
  /** The same without symlinks. */
  readonly real: string;
  /** Where files are written before they get their name. */
  readonly stagingDir: string;
  /** Reads small files without the thread pool, where that can be done. */
  readonly readCached: CachedReader | undefined;
  /** Gives a file that is written anew the extended attributes of the old one, where that can be done. */
  readonly copyAttributes: AttributeCopier | undefined;
  readonly mayBlock: boolean;
  /** Whether more may be done without the thread pool before others get their turn. */
  mayGoOn(): boolean;
}

/** A name in a directory that exists and lies within the tree. */
export interface Place {
  /** Directory without symlinks, absolute. */
  readonly dir: string;
  readonly name: string;
  /** `dir/name`, absolute. */
  readonly path: string;
}

/**
 * Where `path` is or would be; its last segment is not looked at.
 *
 * The race that is left: Node has no openat, so between this check and the use of the result another process with
 * write access to the content directory can exchange a directory for a symlink. Such a process runs as the user who
 * owns the daemon and could read what the daemon can; callers at the doors cannot make symlinks that lead outside.
 * @throws INVALID_ARGUMENT for the content directory itself, NOT_FOUND, NOT_DIRECTORY, PERMISSION_DENIED (outside)
 */
export async function placeOf(tree: Tree, path: string): Promise<Place> {
  const segments = segmentsOf(path);
  const name = segments.pop();
  if (name === undefined)
    throw new VikingError('INVALID_ARGUMENT', 'the content directory itself cannot be changed');
  const dir = await realInside(tree, segments.join('/'));
  return { dir, name, path: join(dir, name) };
}

/** Absolute path without symlinks of what exists at `path`. @throws NOT_FOUND, NOT_DIRECTORY, PERMISSION_DENIED */
export async function realInside(tree: Tree, path: string): Promise<string> {
  const absolute = join(tree.dir, ...segmentsOf(path));
  let real: string;
  try {
    // Names of a path that is asked for again and again are in the kernel's cache: looking them up takes microseconds,
    // a trip to the thread pool and back a hundred, and milliseconds when other threads want the processor.
    real = realpathSync.native(absolute);
  } catch (error) {
    throw systemError(error, path);
  }
  assertInside(tree, real, path);
  return real;
}

/**
 * Content path of the same place without symlinks on the way; parts that do not exist are kept as they are. The last
 * symlink is followed unless `follow` is false. @throws PERMISSION_DENIED when it is outside of the tree
 */
export async function realContentPath(tree: Tree, path: string, follow: boolean): Promise<string> {
  const segments = segmentsOf(path);
  const name = segments.pop();
  if (name === undefined) return '';
  try {
    if (follow) return (await realInside(tree, path)).slice(tree.real.length).replace(/^\//, '');
  } catch (error) {
    const { code } = systemError(error, path);
    if (code !== 'NOT_FOUND' && code !== 'NOT_DIRECTORY') throw error;
  }
  return childPath(await realContentPath(tree, segments.join('/'), true), name);
}

/** @throws PERMISSION_DENIED when `real` is outside of the tree */
export function assertInside(tree: Tree, real: string, path: string): void {
  if (real === tree.real || real.startsWith(tree.real === '/' ? '/' : `${tree.real}/`)) return;
  throw new VikingError('PERMISSION_DENIED', `${shown(path)}: a symlink leads out of the content directory`, {
    hint: 'Copy what it points to into the namespace instead.',
  });
}

/** An error of the operating system about `path`, in words of the namespace. */
export function systemError(error: unknown, path: string): VikingError {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'ELOOP')
    return new VikingError('INVALID_ARGUMENT', `${shown(path)}: symlinks lead in a circle`, { cause: error });
  const known = typeof code === 'string' ? TEXTS[code] : undefined;
  if (known === undefined) return toVikingError(error, shown(path));
  return new VikingError(toVikingError(error).code, `${shown(path)}: ${known}`, { cause: error });
}

/** The system's own texts name absolute paths of temporary files, which help nobody. */
const TEXTS: Record<string, string> = {
  ENOENT: 'there is no such entry',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  EEXIST: 'it exists already',
  ENOTEMPTY: 'the directory is not empty',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the name or the path is too long',
  EROFS: 'the filesystem is read-only',
};
