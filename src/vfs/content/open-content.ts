import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { VfsContext } from '../context.ts';
import { hasCode } from '../fault.ts';
import { backingFlags, truncates } from '../flags.ts';
import type { Caller } from '../vfs.ts';
import { assertOpenedInside, assertParentInside } from './confine.ts';
import { type ContentFile, contentFile } from './content-file.ts';

export interface ContentTarget {
  readonly path: string;
  readonly segments: readonly string[];
  readonly backing: string;
}

export async function openContent(
  context: VfsContext,
  target: ContentTarget,
  flags: number,
): Promise<ContentFile> {
  if (truncates(flags)) await assertParentInside(context, target.backing, target.path);
  const handle = await open(target.backing, backingFlags(flags));
  return checked(context, target, handle, truncates(flags));
}

/** Makes the file with exactly `mode` (the kernel has applied the caller's umask) or opens the one that came first. */
export async function createContent(
  context: VfsContext,
  target: ContentTarget,
  options: { readonly flags: number; readonly mode: number; readonly caller: Caller | undefined },
): Promise<ContentFile> {
  await assertParentInside(context, target.backing, target.path);
  const flags = backingFlags(options.flags);
  let handle: FileHandle;
  try {
    handle = await open(target.backing, flags | constants.O_CREAT | constants.O_EXCL, options.mode & 0o7777);
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || (options.flags & constants.O_EXCL) !== 0) throw error;
    return openContent(context, target, options.flags);
  }
  try {
    if (needsExactMode(options.mode)) await handle.chmod(options.mode & 0o7777);
    const owner = ownerFor(options.caller);
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return checked(context, target, handle, true);
}

/** Whether our own umask takes something from a mode. */
export function needsExactMode(mode: number): boolean {
  return (mode & (process.umask() | 0o7000)) !== 0;
}

/** What root makes for somebody else belongs to them. */
export function ownerFor(caller: Caller | undefined): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0 || caller?.uid === undefined || caller.uid === 0) return undefined;
  return { uid: caller.uid, gid: caller.gid ?? caller.uid };
}

async function checked(
  context: VfsContext,
  target: ContentTarget,
  handle: FileHandle,
  dirty: boolean,
): Promise<ContentFile> {
  try {
    await assertOpenedInside(context, handle.fd, target.path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return contentFile({ handle, place: { segments: target.segments }, changed: context.changed, dirty });
}
