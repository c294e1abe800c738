import { constants } from 'node:fs';
import { type FileHandle, lstat, stat } from 'node:fs/promises';
import { type FileData, syncDirectory, writeFileAtomic } from '../base/atomic-write.ts';
import { VikingError } from '../errors/index.ts';
import type { Checked, Stamp } from './contract.ts';
import { createExclusive } from './create-exclusive.ts';
import { keptOf } from './keep-attributes.ts';
import { shown } from './path.ts';
import { inPinnedDirectory } from './pin.ts';
import { openInside } from './read.ts';
import { type Place, placeOf, systemError, type Tree } from './tree.ts';

/**
 * Replaces or makes the file; a new one in the place of another keeps its mode, owner and extended attributes. A final
 * symlink is replaced, not followed.
 */
export async function writeContent(
  tree: Tree,
  path: string,
  data: FileData,
  options: Checked & { exclusive?: boolean; unchanged?: Stamp } = {},
): Promise<void> {
  const place = await placeOf(tree, path);
  try {
    await inPinnedDirectory(tree, place, { path, real: options.real }, (pinned) =>
      writeAt(tree, pinned, { path, data, ...options }),
    );
  } catch (error) {
    throw systemError(error, path);
  }
}

async function writeAt(
  tree: Tree,
  place: Place,
  options: { path: string; data: FileData; exclusive?: boolean; unchanged?: Stamp },
): Promise<void> {
  const { path, data } = options;
  const stagingDir = await stagingFor(tree, place);
  if (options.exclusive === true) {
    await createExclusive(place.path, data, stagingDir);
    return;
  }
  const kept = await keptOf(tree, place, path);
  await writeFileAtomic(place.path, data, {
    stagingDir,
    ...(kept === undefined ? {} : { mode: kept.mode, prepare: kept.apply }),
    ...(options.unchanged === undefined ? {} : { beforeRename: assertSame(place, path, options.unchanged) }),
  });
}

export async function appendContent(
  tree: Tree,
  path: string,
  data: string | Uint8Array,
  options: Checked & { create?: boolean } = {},
): Promise<void> {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const create = options.create === true;
  const flags =
    constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK | (create ? constants.O_CREAT : 0);
  const file = await openInside(tree, path, {
    flags,
    ...(options.real === undefined ? {} : { real: options.real }),
  });
  try {
    await appendWhole(file, bytes, path);
    await file.sync();
  } catch (error) {
    throw systemError(error, path);
  } finally {
    await file.close();
  }
  if (create) await syncDirectory((await placeOf(tree, path)).dir);
}

/** One write, all of it or nothing. */
async function appendWhole(file: FileHandle, bytes: Uint8Array, path: string): Promise<void> {
  if (bytes.length === 0) return;
  const { size } = await file.stat();
  const { bytesWritten } = await file.write(bytes);
  if (bytesWritten === bytes.length) return;
  // A disk that fills up takes a part. It goes again, unless somebody else appended behind it.
  if ((await file.stat()).size === size + bytesWritten) await file.truncate(size);
  throw new VikingError(
    'NO_SPACE',
    `${shown(path)}: only ${bytesWritten} of ${bytes.length} bytes could be appended`,
  );
}

function assertSame(place: Place, path: string, stamp: Stamp): () => Promise<void> {
  return async () => {
    const { size, mtimeMs, ctimeMs, ino } = await lstat(place.path);
    if (size === stamp.size && mtimeMs === stamp.mtimeMs && ctimeMs === stamp.ctimeMs && ino === stamp.ino)
      return;
    throw new VikingError('CONFLICT', `${shown(path)}: somebody changed it meanwhile`, {
      hint: 'Read it again.',
    });
  };
}

/**
 * Where a file is written before it gets its name: on its own filesystem, which is not that of staging when somebody
 * mounts one inside of the content directory.
 */
async function stagingFor(tree: Tree, place: Place): Promise<string> {
  const [staging, target] = await Promise.all([stat(tree.stagingDir), stat(place.dir)]);
  return staging.dev === target.dev ? tree.stagingDir : place.dir;
}
