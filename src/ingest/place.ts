import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, lstat, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
import { VikingError } from '../errors/index.ts';
import type { ScannedEntry } from './scan.ts';

/** Copies scanned entries of `source` into the new directory `target`, durably. Returns the bytes copied. */
export async function copyEntries(
  source: string,
  target: string,
  entries: readonly ScannedEntry[],
): Promise<number> {
  let bytes = 0;
  await mkdir(target, { recursive: true });
  for (const entry of entries) {
    const to = join(target, entry.path);
    if (entry.kind === 'directory') {
      await mkdir(to, { recursive: true });
    } else {
      await mkdir(dirname(to), { recursive: true });
      bytes += await copyDurably(join(source, entry.path), to);
    }
  }
  return bytes;
}

async function copyDurably(from: string, to: string): Promise<number> {
  await copyFile(from, to);
  const file = await open(to, 'r');
  try {
    await file.datasync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/**
 * Puts the prepared tree `staged` at `target`. A missing target appears in one rename; an existing directory is brought
 * to the same content, touching only files that differ and removing files that are gone. Symlinks in it are replaced,
 * never followed. Returns the paths changed. `staged` is used up.
 * @throws ALREADY_EXISTS when something that is no directory is there
 */
export async function placeTree(staged: string, target: string): Promise<readonly string[]> {
  if (await placeNew(staged, target)) return [''];
  if (!(await lstat(target)).isDirectory()) {
    throw new VikingError(
      'ALREADY_EXISTS',
      `${basename(target)}: something that is not a directory is there`,
    );
  }
  const changed: string[] = [];
  await bringTo({ staged, target, path: '', changed });
  return changed;
}

/** Puts the prepared tree where nothing is, or says false: of two that want one name at once, one gets it. */
export async function placeNew(staged: string, target: string): Promise<boolean> {
  try {
    await rename(staged, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EXDEV') return placeAcross(staged, target);
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return false;
    throw error;
  }
  await syncDirectory(dirname(target));
  return true;
}

/** Staging is on another filesystem: the name is taken first, then filled. */
async function placeAcross(staged: string, target: string): Promise<boolean> {
  try {
    await mkdir(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  await bringTo({ staged, target, path: '', changed: [] });
  await syncDirectory(dirname(target));
  return true;
}

interface Bringing {
  /** The prepared directory. */
  readonly staged: string;
  /** The directory to change: a name in one that is held open, so that no symlink on the way can take its place. */
  readonly target: string;
  /** Both, below the resource. */
  readonly path: string;
  readonly changed: string[];
}

/** @throws (from the system) ENOTDIR when a symlink took the place of the directory */
async function bringTo({ staged, target, path, changed }: Bringing): Promise<void> {
  const held = await open(target, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const directory = `/proc/self/fd/${held.fd}`;
    const wanted = await readdir(staged, { withFileTypes: true });
    const names = new Set(wanted.map((entry) => entry.name));
    for (const present of await readdir(directory)) {
      // Dot-entries of the target (pinned layers, an editor's state) are not the source's to remove.
      if (names.has(present) || present.startsWith('.')) continue;
      await removeTaken(join(directory, present), staged);
      changed.push(join(path, present));
    }
    for (const entry of wanted) {
      const [from, to, below] = [
        join(staged, entry.name),
        join(directory, entry.name),
        join(path, entry.name),
      ];
      if (entry.isDirectory()) {
        await makeDirectory(to);
        await bringTo({ staged: from, target: to, path: below, changed });
      } else if (!(await sameContent(from, to))) {
        await replaceFile(from, to);
        changed.push(below);
      }
    }
    await held.sync();
  } finally {
    await held.close();
  }
}

/**
 * Removes an entry of a held directory. What goes is first taken to where nobody else can reach: while a tree is walked to
 * remove it, a directory in it could be exchanged for a symlink.
 */
async function removeTaken(path: string, staged: string): Promise<void> {
  const name = `.vikingfs-${randomBytes(8).toString('hex')}.tmp`;
  let taken = join(staged, name);
  try {
    await rename(path, taken);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    // A staging name is shown by no door.
    taken = join(dirname(path), name);
    await rename(path, taken);
  }
  await rm(taken, { recursive: true, force: true });
}

async function makeDirectory(path: string): Promise<void> {
  const present = await lstat(path).catch(() => undefined);
  if (present?.isDirectory() === true) return;
  if (present !== undefined) await unlink(path);
  await mkdir(path);
}

const BLOCK_BYTES = 1024 * 1024;

async function sameContent(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([lstat(a), lstat(b).catch(() => undefined)]);
  if (second === undefined || !second.isFile() || first.size !== second.size) return false;
  const files = [await open(a, 'r')];
  try {
    files.push(await open(b, constants.O_RDONLY | constants.O_NOFOLLOW));
    const blocks = files.map(() => Buffer.allocUnsafe(BLOCK_BYTES));
    for (let at = 0; at < first.size; at += BLOCK_BYTES) {
      const [left, right] = await Promise.all(files.map((file, n) => readBlock(file, blocks[n]!, at)));
      if (!left!.equals(right!)) return false;
    }
    return true;
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function readBlock(file: FileHandle, into: Buffer, from: number): Promise<Buffer> {
  let length = 0;
  while (length < into.length) {
    const { bytesRead } = await file.read(into, length, into.length - length, from + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return into.subarray(0, length);
}

/** The staged file is durable already, so giving it its name is all there is to do. */
async function replaceFile(from: string, to: string): Promise<void> {
  const present = await lstat(to).catch(() => undefined);
  if (present?.isDirectory()) await removeTaken(to, dirname(from));
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const beside = join(dirname(to), `.vikingfs-${randomBytes(8).toString('hex')}.tmp`);
    try {
      await copyDurably(from, beside);
      await rename(beside, to);
    } finally {
      await rm(beside, { force: true });
    }
  }
}
