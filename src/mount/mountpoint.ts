import { mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { VikingError } from '../errors/index.ts';
import { isOurs, listMounts } from './mountpoints.ts';
import { clearStaleMount } from './stale.ts';

export interface MountpointRules {
  readonly mountpoint: string;
  /** Directories that may neither hold the mountpoint nor lie below it: reading them through the mount never ends. */
  readonly apartFrom: readonly { readonly path: string; readonly what: string }[];
}

/**
 * The directory to mount on: made when missing, freed of what a dead daemon left, empty, and apart from our own
 * directories. Returns its real path. Nothing here waits on a mount without a bound.
 * @throws INVALID_ARGUMENT (inside our directories, or around them), NOT_DIRECTORY, NOT_EMPTY, CONFLICT (in use),
 * PERMISSION_DENIED
 */
export async function prepareMountpoint(rules: MountpointRules): Promise<string> {
  const asked = resolve(rules.mountpoint);
  // Before anything is touched: the mount may be this process's own, which would then wait for itself.
  await assertOutsideMounts(asked);
  const path = await realParent(asked);
  await assertOutsideMounts(path);
  await assertApart(path, rules.apartFrom);
  await clearStaleMount(path);
  await makeDirectory(path);
  const real = await realpath(path);
  if (real !== path) {
    await assertOutsideMounts(real);
    await assertApart(real, rules.apartFrom);
    await clearStaleMount(real);
  }
  await assertEmptyDirectory(real);
  return real;
}

/** The path with its existing ancestors resolved; the last name itself may be a dead mount and is not touched. */
async function realParent(path: string): Promise<string> {
  const missing: string[] = [basename(path)];
  let ancestor = dirname(path);
  for (;;) {
    try {
      return join(await realpath(ancestor), ...missing);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' || dirname(ancestor) === ancestor) throw unusable(path, error);
      missing.unshift(basename(ancestor));
      ancestor = dirname(ancestor);
    }
  }
}

async function assertApart(path: string, apartFrom: MountpointRules['apartFrom']): Promise<void> {
  for (const { path: other, what } of apartFrom) {
    const real = await realpath(other).catch(() => resolve(other));
    if (isWithin(path, real)) {
      throw new VikingError('INVALID_ARGUMENT', `${path}: inside ${what} ${real}`, {
        hint: 'Choose a mountpoint elsewhere, for example ~/viking.',
      });
    }
    if (isWithin(real, path)) {
      throw new VikingError(
        'INVALID_ARGUMENT',
        `${path}: ${what} ${real} is below it and would be hidden by the mount`,
        {
          hint: 'Choose a mountpoint elsewhere, for example ~/viking.',
        },
      );
    }
  }
}

/** A directory of a vikingfs mount lies in a content tree, whatever its path looks like. */
async function assertOutsideMounts(path: string): Promise<void> {
  const around = (await listMounts()).find(
    (entry) => isOurs(entry) && entry.mountpoint !== path && isWithin(path, entry.mountpoint),
  );
  if (around === undefined) return;
  throw new VikingError('INVALID_ARGUMENT', `${path}: inside the vikingfs mount ${around.mountpoint}`, {
    hint: 'Choose a mountpoint elsewhere, for example ~/viking.',
  });
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** One level at a time: Node's recursive mkdir never ends below a directory that answers ENOENT, as /proc does. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || (await exists(dirname(path)))) throw unusable(path, error);
    await makeDirectory(dirname(path));
    await mkdir(path).catch((again) => {
      throw unusable(path, again);
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function assertEmptyDirectory(path: string): Promise<void> {
  if (!(await stat(path)).isDirectory()) {
    throw new VikingError('NOT_DIRECTORY', `${path}: not a directory`);
  }
  const names = await readdir(path);
  if (names.length > 0) {
    throw new VikingError(
      'NOT_EMPTY',
      `${path}: not empty (${names.length} entries), the mount would hide them`,
      {
        hint: 'Mount on an empty directory.',
      },
    );
  }
}

function unusable(path: string, error: unknown): VikingError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new VikingError('NOT_DIRECTORY', `${path}: not a directory`, { cause: error });
  }
  if (code === 'ENOTCONN') {
    return new VikingError('CONFLICT', `${path}: lies inside a mount whose daemon is dead`, {
      hint: 'Unmount that first: fusermount3 -u -z DIR.',
    });
  }
  if (code === 'ENAMETOOLONG') {
    return new VikingError('NAME_TOO_LONG', `${path}: a name in it is too long`, { cause: error });
  }
  return new VikingError('PERMISSION_DENIED', `${path}: cannot be used: ${(error as Error).message}`, {
    hint: 'Choose a directory you may write, for example ~/viking.',
    cause: error,
  });
}
