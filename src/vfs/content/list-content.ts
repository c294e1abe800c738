import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withDeadline } from '../../base/deadline.ts';
import { isStagingName, LAYER_FILES, MAGIC_NAMES } from '../../uri/index.ts';
import { virtualIno } from '../attributes.ts';
import type { VfsContext } from '../context.ts';
import { uriOf } from '../locate.ts';
import type { DirEntry, NodeType } from '../vfs.ts';

/** How long a listing waits to hear which layers are built, before it shows those that are files. */
const LAYERS_WAIT_MS = 200;

export interface ListedDirectory {
  readonly path: string;
  readonly segments: readonly string[];
  readonly backing: string;
}

/** A plain directory as the mount shows it: its own names, and the layers that are built. */
export async function listContent(context: VfsContext, directory: ListedDirectory): Promise<DirEntry[]> {
  const raw = await readdir(directory.backing, { withFileTypes: true });
  const layers = await shownLayers(context, directory, raw);
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
 * Built and pinned layers. Inside a git working tree only pinned ones (they are files of the tree): generated files
 * would make every `git status` dirty.
 */
async function shownLayers(
  context: VfsContext,
  directory: ListedDirectory,
  raw: readonly Dirent[],
): Promise<readonly string[]> {
  const pinned = raw.filter((entry) => LAYER_FILES.has(entry.name)).map((entry) => entry.name);
  const uri = uriOf(directory.segments);
  if (uri === undefined) return pinned;
  try {
    const listing = context.core.layers.listed(context.principal, uri);
    const listed = await withDeadline(listing, LAYERS_WAIT_MS, 'built layers');
    if (listed.length === 0) return pinned;
    if (await inGitTree(context, directory.segments)) return pinned;
    return [...new Set([...pinned, ...listed])];
  } catch (error) {
    context.log.debug({ path: directory.path, error: String(error) }, 'listing without generated layers');
    return pinned;
  }
}

/** Whether the directory or one above it, below the scope, has a `.git`. */
async function inGitTree(context: VfsContext, segments: readonly string[]): Promise<boolean> {
  const outermost = segments[0] === 'user' ? 2 : 1;
  for (let length = segments.length; length >= outermost; length -= 1) {
    const marker = join(context.backingPath(segments.slice(0, length)), '.git');
    const found = await lstat(marker).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

function direntType(entry: Dirent): NodeType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}
