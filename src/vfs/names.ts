import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { VikingError } from '../errors/index.ts';
import { frameError } from './content/content-node.ts';
import { linkContent, renameContent } from './content/rename-content.ts';
import type { VfsContext } from './context.ts';
import { hasCode, notPermitted, refused, systemError } from './fault.ts';
import type { Handles } from './handles.ts';
import type { Place } from './locate.ts';
import { nodeOf } from './resolve.ts';
import type { RenameOptions } from './vfs.ts';

/** Largest file that is taken in by a rename onto a reserved name. */
const TAKE_LIMIT_BYTES = 1024 * 1024;

export interface RenameEnds {
  readonly from: Place;
  readonly to: Place;
}

/**
 * rename(2). Between plain places it is the operating system's. Onto a layer or relations file it is how editors save:
 * the text is taken as if it had been written. Away from one, the text becomes a plain file.
 */
export async function renamePlaces(
  context: VfsContext,
  handles: Handles,
  { from, to }: RenameEnds,
  options: RenameOptions,
): Promise<void> {
  if (from.kind === 'tree' && to.kind === 'tree') {
    await renameContent(context, from, to, options);
    handles.renamed(from.segments, to.segments);
    return;
  }
  const source = nodeOf(context, from);
  const target = nodeOf(context, to);
  await source.attr();
  for (const place of [from, to]) if (isFrame(place)) throw frameError(place.path);
  if (options.exchange === true) throw systemError('EINVAL', to.path);
  if (options.noReplace === true && to.kind !== 'tree' && (await isThere(context, to)))
    throw systemError('EEXIST', to.path);
  if (from.kind === 'magic' && to.kind === 'magic' && from.path === to.path) return;
  const movable = from.kind === 'tree' || from.kind === 'magic';
  if (!movable || target.replaceWith === undefined || source.unlink === undefined)
    throw cannotRename(from, to);
  const bytes = from.kind === 'tree' ? await readPlain(context, from) : await source.bytes?.();
  if (bytes === undefined) throw cannotRename(from, to);
  await target.replaceWith(bytes);
  await source.unlink();
}

/** link(2): plain files only; a reserved name has no second name. */
export async function linkPlaces(context: VfsContext, existing: Place, place: Place): Promise<void> {
  const attr = await nodeOf(context, existing).attr();
  if (existing.kind === 'tree' && place.kind === 'tree') {
    // Linux answers EPERM for a directory.
    if ((attr.mode & constants.S_IFMT) === constants.S_IFDIR) throw systemError('EPERM', existing.path);
    await linkContent(context, existing, place);
    return;
  }
  if (place.kind !== 'tree' && (await isThere(context, place))) throw systemError('EEXIST', place.path);
  throw notPermitted(existing.kind === 'tree' ? place.path : existing.path, 'cannot be linked');
}

async function isThere(context: VfsContext, place: Place): Promise<boolean> {
  try {
    await nodeOf(context, place).attr();
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'NOT_FOUND')) return false;
    throw error;
  }
}

function isFrame(place: Place): boolean {
  if (place.kind === 'tree') return place.frame;
  return (
    place.kind === 'root' || place.kind === 'users' || place.kind === 'sessions' || place.kind === 'link'
  );
}

function cannotRename(from: Place, to: Place): VikingError {
  const sessions = [from, to].some((place) => place.kind === 'session');
  return refused(
    from.path,
    `cannot be renamed to ${to.path}`,
    sessions ? 'Sessions are not moved; copy what you need with cp -r.' : 'The name is reserved.',
  );
}

async function readPlain(context: VfsContext, from: Extract<Place, { kind: 'tree' }>): Promise<Buffer> {
  const handle = await open(context.backingPath(from.segments), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw systemError('ENOTDIR', from.path);
    if (stat.size > TAKE_LIMIT_BYTES) {
      throw new VikingError(
        'TOO_LARGE',
        `${from.path}: more than ${TAKE_LIMIT_BYTES} bytes cannot become a layer`,
      );
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
