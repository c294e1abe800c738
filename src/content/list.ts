import { lstatSync, readdirSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../errors/index.ts';
import { isStagingName } from '../uri/index.ts';
import type { ContentEntry, WalkOptions } from './contract.ts';
import { entryOf } from './entry.ts';
import { childPath, compareNames } from './path.ts';
import { inHeldDirectory } from './pin.ts';
import { realContentPath, systemError, type Tree } from './tree.ts';

/** Entries asked about at once: enough to keep Node's four threads busy. */
const AT_ONCE = 16;

/** What a walk meets when the tree changes under it, or keeps closed to us; it goes on without. */
const PASSED_OVER: ReadonlySet<ErrorCode> = new Set([
  'NOT_FOUND',
  'NOT_DIRECTORY',
  'PERMISSION_DENIED',
  'NAME_TOO_LONG',
]);

/** One level by name, of the directory at `real`. A name that is not UTF-8 cannot be in a URI and is left out. */
export async function listContent(tree: Tree, path: string, real?: string): Promise<ContentEntry[]> {
  const place = { path, real: real ?? (await realContentPath(tree, path, true)) };
  try {
    return await inHeldDirectory(tree, place, (directory) => listAt(tree, directory, path));
  } catch (error) {
    throw systemError(error, path);
  }
}

async function listAt(tree: Tree, directory: string, path: string): Promise<ContentEntry[]> {
  const all = tree.mayBlock && tree.mayGoOn() ? readdirSync(directory) : await readdir(directory);
  const names = all.filter((name) => !isStagingName(name)).sort(compareNames);
  const entries: ContentEntry[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const asked = tree.mayBlock && tree.mayGoOn() ? entryNow : entryAt;
    const found = await Promise.all(
      names.slice(at, at + AT_ONCE).map((name) => asked(join(directory, name), childPath(path, name))),
    );
    for (const entry of found) if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/**
 * Everything below `path`, not `path` itself. Symlinks are reported, not followed: nor is one that takes the place of a
 * directory that was seen.
 */
export async function* walkContent(
  tree: Tree,
  path: string,
  options: WalkOptions = {},
): AsyncGenerator<ContentEntry> {
  const { depth = Number.POSITIVE_INFINITY, hidden = false, signal } = options;
  signal?.throwIfAborted();
  if (depth < 1) return;
  const real = options.real ?? (await realContentPath(tree, path, true));
  const levels = [(await listContent(tree, path, real))[Symbol.iterator]()];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    signal?.throwIfAborted();
    const next = level.next();
    if (next.done === true) {
      levels.pop();
      continue;
    }
    const entry = next.value;
    if (!hidden && entry.name.startsWith('.')) continue;
    yield entry;
    if (entry.kind !== 'directory' || levels.length >= depth) continue;
    const below = path === '' ? entry.path : entry.path.slice(path.length + 1);
    levels.push((await listOrNothing(tree, entry.path, childPath(real, below)))[Symbol.iterator]());
  }
}

async function listOrNothing(tree: Tree, path: string, real: string): Promise<ContentEntry[]> {
  try {
    return await listContent(tree, path, real);
  } catch (error) {
    const known = systemError(error, path);
    if (PASSED_OVER.has(known.code)) return [];
    throw known;
  }
}

async function entryAt(absolute: string, path: string): Promise<ContentEntry | undefined> {
  try {
    return entryOf(path, await lstat(absolute));
  } catch (error) {
    return passedOver(error, path);
  }
}

function entryNow(absolute: string, path: string): ContentEntry | undefined {
  try {
    return entryOf(path, lstatSync(absolute));
  } catch (error) {
    return passedOver(error, path);
  }
}

function passedOver(error: unknown, path: string): undefined {
  const known = systemError(error, path);
  if (!PASSED_OVER.has(known.code)) throw known;
}
