import { type Dirent, lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isStagingName, LAYER_FILES, MAGIC_NAMES } from '../../uri/index.ts';
import { virtualIno } from '../attributes.ts';
import type { VfsContext } from '../context.ts';
import { uriOf } from '../locate.ts';
import type { DirEntry, NodeType } from '../vfs.ts';

export interface ListedDirectory {
  readonly path: string;
  readonly segments: readonly string[];
  readonly backing: string;
}

/** A plain directory as the mount shows it: its own names, and the layers that are built. */
export async function listContent(context: VfsContext, directory: ListedDirectory): Promise<DirEntry[]> {
  const raw = await readdir(directory.backing, { withFileTypes: true });
  const pinned = raw.filter((entry) => LAYER_FILES.has(entry.name)).map((entry) => entry.name);
  const layers = [...new Set([...pinned, ...generatedLayers(context, directory.segments)])];
  // First, and with the smallest numbers, because copying programs work in one of these orders; see `newborn.ts`.
  return [...layers.map(layerEntry), ...raw.filter((entry) => isShown(entry.name)).map(plainEntry)];
}

function layerEntry(name: string, index: number): DirEntry {
  return { name, type: 'file', ino: BigInt(index + 1) };
}

export function virtualEntry(directory: string, name: string, type: NodeType): DirEntry {
  return { name, type, ino: virtualIno(directory === '/' ? `/${name}` : `${directory}/${name}`) };
}

/** Staging names are nobody's; a name that is not UTF-8 cannot be opened through us, so it is not shown either. */
export function isShown(name: string): boolean {
  return !MAGIC_NAMES.has(name) && !isStagingName(name) && !name.includes('\ufffd');
}

export function plainEntry(entry: Dirent): DirEntry {
  return { name: entry.name, type: direntType(entry), ino: 0n };
}

/**
 * Generated layers that a directory shows. Inside a git working tree none but pinned ones, which are files of the tree:
 * generated files would make every `git status` dirty.
 */
export function generatedLayers(context: VfsContext, segments: readonly string[]): readonly string[] {
  const uri = uriOf(segments);
  if (uri === undefined) return [];
  const listed = context.core.layers.listed(context.principal, uri);
  if (listed.length === 0 || inGitTree(context, segments)) return [];
  context.shownLayers.add(context.backingPath(segments));
  return listed;
}

/**
 * Whether the directory or one above it, below the scope, has a `.git`. Synchronous: the names are in the kernel's
 * caches, and a cold listing of many directories asks once for each.
 */
function inGitTree(context: VfsContext, segments: readonly string[]): boolean {
  const outermost = segments[0] === 'user' ? 2 : 1;
  for (let length = segments.length; length >= outermost; length -= 1) {
    const marker = join(context.backingPath(segments.slice(0, length)), '.git');
    try {
      if (lstatSync(marker, { throwIfNoEntry: false }) !== undefined) return true;
    } catch {
      // What cannot be looked at is no working tree of anybody's here.
    }
  }
  return false;
}

function direntType(entry: Dirent): NodeType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}
