import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { VikingError } from '../errors/index.ts';
import type { Checked } from './contract.ts';
import { segmentsOf, shown } from './path.ts';
import { assertOpened } from './pin.ts';
import { readSmallCached } from './read-cached.ts';
import { placeOf, realInside, systemError, type Tree } from './tree.ts';

/** Node cannot read more into one buffer (2 GiB - 1). */
const MOST_BYTES = 2 ** 31 - 1;
const FIRST_READ_BYTES = 64 * 1024;

/** @throws NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, TOO_LARGE, INVALID_ARGUMENT for a pipe, socket or device */
export async function readContent(
  tree: Tree,
  path: string,
  limit = MOST_BYTES,
  checked: Checked = {},
): Promise<Buffer> {
  const { readCached: reader } = tree;
  if (reader !== undefined && path !== '' && tree.mayGoOn()) {
    const cached = readSmallCached(tree, await placeOf(tree, path), { reader, limit, real: checked.real });
    if (cached !== undefined) return cached;
  }
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const file = await openInside(tree, path, { flags: constants.O_RDONLY | constants.O_NONBLOCK, ...checked });
  try {
    const { size } = await file.stat();
    if (size > limit) throw tooLarge(path, limit);
    return await readAll(file, size, path, limit);
  } catch (error) {
    throw systemError(error, path);
  } finally {
    await file.close();
  }
}

/** See `ContentStore.readNow`. */
export async function readContentNow(
  tree: Tree,
  path: string,
  { real }: Checked = {},
): Promise<Buffer | undefined> {
  const { readCached: reader } = tree;
  if (reader === undefined) return undefined;
  const place = await placeOf(tree, path).catch(() => undefined);
  return place && readSmallCached(tree, place, { reader, limit: MOST_BYTES, real });
}

/**
 * Opens a regular file with `flags`. A final symlink is followed if it stays inside of the tree. With `real`, what was
 * opened must be there.
 * @throws NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, INVALID_ARGUMENT
 */
export async function openInside(
  tree: Tree,
  path: string,
  { flags, real }: Checked & { readonly flags: number },
): Promise<FileHandle> {
  if (segmentsOf(path).length === 0) throw isDirectory(path);
  const place = await placeOf(tree, path);
  let file: FileHandle | undefined;
  try {
    file = await openNoFollow(place.path, flags).catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
      return openNoFollow(await realInside(tree, path), flags);
    });
    await assertOpened(tree, file, { path, real });
    const stats = await file.stat();
    if (stats.isDirectory()) throw isDirectory(path);
    if (!stats.isFile())
      throw new VikingError('INVALID_ARGUMENT', `${shown(path)}: it is not a regular file`);
    return file;
  } catch (error) {
    await file?.close();
    throw systemError(error, path);
  }
}

function isDirectory(path: string): VikingError {
  return new VikingError('IS_DIRECTORY', `${shown(path)}: it is a directory`, {
    details: { expected: 'file', actual: 'directory' },
  });
}

/** Mode of files that `flags` creates: as the umask allows. */
function openNoFollow(path: string, flags: number): Promise<FileHandle> {
  return open(path, flags | constants.O_NOFOLLOW, 0o644);
}

/** Reads to the end, wherever it is by now. */
async function readAll(file: FileHandle, size: number, path: string, limit: number): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(Math.min(size + 1, limit + 1) || FIRST_READ_BYTES);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    length += bytesRead;
    if (length > limit) throw tooLarge(path, limit);
    if (bytesRead === 0) return buffer.subarray(0, length);
    if (length < buffer.length) continue;
    const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2 + FIRST_READ_BYTES, limit + 1));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  }
}

function tooLarge(path: string, limit: number): VikingError {
  return new VikingError('TOO_LARGE', `${shown(path)}: it has more than ${limit} bytes`, {
    details: { limit },
  });
}
