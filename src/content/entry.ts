import { lstatSync, type Stats, statSync } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import type { ContentEntry, EntryKind } from './contract.ts';
import { segmentsOf } from './path.ts';
import { assertInside, placeOf, systemError, type Tree } from './tree.ts';

/** What is at `path`, a final symlink followed; undefined when nothing is. A dangling symlink is reported as itself. */
export async function statEntry(tree: Tree, path: string): Promise<ContentEntry | undefined> {
  try {
    if (segmentsOf(path).length === 0) return entryOf(path, statSync(tree.real));
    const place = await placeOf(tree, path);
    // The way there has just been walked, so this is answered from the kernel's cache; see `realInside`.
    const found = lstatSync(place.path);
    if (!found.isSymbolicLink()) return entryOf(path, found);
    const target = await realpath(place.path).catch(() => undefined);
    if (target === undefined) return entryOf(path, found);
    assertInside(tree, target, path);
    return entryOf(path, await lstat(target));
  } catch (error) {
    const known = systemError(error, path);
    if (known.code === 'NOT_FOUND' || known.code === 'NOT_DIRECTORY') return undefined;
    throw known;
  }
}

export function entryOf(path: string, stats: Stats): ContentEntry {
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    kind: kindOf(stats),
    mode: stats.mode & 0o7777,
    size: stats.size,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
    ino: stats.ino,
  };
}

function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}
