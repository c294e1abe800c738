import { link, lstat, rename, unlink } from 'node:fs/promises';
import type { VfsContext } from '../context.ts';
import { hasCode, systemError } from '../fault.ts';
import type { RenameOptions } from '../vfs.ts';
import { assertParentInside } from './confine.ts';
import { frameError, type TreePlace } from './content-node.ts';

/** rename(2) inside the plain trees, with RENAME_NOREPLACE. RENAME_EXCHANGE is refused (EINVAL): Node cannot ask for it. */
export async function renameContent(
  context: VfsContext,
  from: TreePlace,
  to: TreePlace,
  options: RenameOptions,
): Promise<void> {
  for (const place of [from, to]) if (place.frame) throw frameError(place.path);
  if (options.exchange === true) throw systemError('EINVAL', to.path);
  const source = context.backingPath(from.segments);
  const target = context.backingPath(to.segments);
  await assertParentInside(context, source, from.path);
  await assertParentInside(context, target, to.path);
  if (options.noReplace === true) await renameNew(source, target, to.path);
  else await rename(source, target);
  await context.renamed(from.segments, to.segments);
  context.changed(from.segments);
  context.changed(to.segments);
}

/** A link is atomic about existing names; directories cannot be linked and are checked first. */
async function renameNew(source: string, target: string, path: string): Promise<void> {
  if ((await lstat(source)).isDirectory()) {
    const found = await lstat(target).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    });
    if (found !== undefined) throw systemError('EEXIST', path);
    await rename(source, target);
    return;
  }
  await link(source, target);
  await unlink(source);
}

/** link(2): a second name for a plain file. */
export async function linkContent(context: VfsContext, existing: TreePlace, place: TreePlace): Promise<void> {
  const source = context.backingPath(existing.segments);
  const target = context.backingPath(place.segments);
  await assertParentInside(context, source, existing.path);
  await assertParentInside(context, target, place.path);
  await link(source, target);
  context.changed(place.segments);
}
