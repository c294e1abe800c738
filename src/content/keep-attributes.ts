import { type FileHandle, lstat } from 'node:fs/promises';
import { getSystemErrorName } from 'node:util';
import { VikingError } from '../errors/index.ts';
import { shown } from './path.ts';
import type { Place, Tree } from './tree.ts';

/**
 * Gives an open file the extended attributes of the file at a path. Node has no call for them. Returns 0, or an errno
 * when there was no room for them.
 */
export type AttributeCopier = (from: string, to: number) => number;

/** What a new file takes from the one whose place it will take. */
export interface Kept {
  readonly mode: number;
  /** Makes the open file look like the old one, but for its bytes. */
  apply(file: FileHandle): Promise<void>;
}

/**
 * Mode, owner and extended attributes of the regular file at a place; undefined when something else, or nothing, is there.
 * An owner we may not give away stays ours: the bytes count more.
 * @throws IS_DIRECTORY; NO_SPACE (from `apply`)
 */
export async function keptOf(tree: Tree, place: Place, path: string): Promise<Kept | undefined> {
  const found = await lstat(place.path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isDirectory()) throw new VikingError('IS_DIRECTORY', `${shown(path)}: it is a directory`);
  if (found?.isFile() !== true) return undefined;
  const mode = found.mode & 0o777;
  return {
    mode,
    async apply(file) {
      const own = await file.stat();
      if (own.uid !== found.uid || own.gid !== found.gid) {
        await file.chown(found.uid, found.gid).catch(ignoreRefusal);
      }
      // Attributes of a file that its owner may not write cannot be set, whoever holds it open.
      await file.chmod(mode | OWNER_WRITES);
      const errno = tree.copyAttributes?.(place.path, file.fd) ?? 0;
      if (errno !== 0)
        throw Object.assign(new Error('extended attributes'), { code: getSystemErrorName(-errno) });
      // After the owner, as a change of owner takes bits away. Whatever the umask is now, it is the mode that was given.
      if (mode !== (mode | OWNER_WRITES)) await file.chmod(mode);
    },
  };
}

const OWNER_WRITES = 0o200;

function ignoreRefusal(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPERM' && error.code !== 'EINVAL') throw error;
}
