import { constants } from 'node:fs';
import { chmod, chown, lchown, lstat, mkdir, open, readlink, rmdir, symlink, unlink } from 'node:fs/promises';
import { attrOf } from '../attributes.ts';
import type { VfsContext } from '../context.ts';
import { refused, systemError } from '../fault.ts';
import { locate, type Place } from '../locate.ts';
import type { VfsNode } from '../node.ts';
import type { DirEntry } from '../vfs.ts';
import { assertParentInside } from './confine.ts';
import { listContent } from './list-content.ts';
import { createContent, needsExactMode, openContent, ownerFor } from './open-content.ts';
import { setTimes } from './times.ts';

export type TreePlace = Extract<Place, { kind: 'tree' }>;

/** A plain file, directory or symlink: every operation is the operating system's own on the backing path. */
export function contentNode(context: VfsContext, place: TreePlace): VfsNode {
  const { path, segments } = place;
  const backing = context.backingPath(segments);
  const target = { path, segments, backing };
  const changed = () => context.changed(segments);

  function assertNotFrame(): void {
    if (place.frame) throw frameError(path);
  }

  return {
    path,
    attr: async () => attrOf(await lstat(backing, { bigint: true })),
    async list() {
      const entries = await listContent(context, target);
      return asFrame(context, segments, filterPeers(context, segments, entries));
    },
    target: () => readlink(backing),
    open: (flags) => openContent(context, target, flags),
    create: (flags, mode, caller) => createContent(context, target, { flags, mode, caller }),
    async truncate(size) {
      await assertParentInside(context, backing, path);
      const handle = await open(backing, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        await handle.truncate(size);
      } finally {
        await handle.close();
      }
      changed();
    },
    async mkdir(mode, caller) {
      await assertParentInside(context, backing, path);
      await mkdir(backing, mode & 0o7777);
      if (needsExactMode(mode)) await chmod(backing, mode & 0o7777);
      const owner = ownerFor(caller);
      if (owner !== undefined) await chown(backing, owner.uid, owner.gid);
      changed();
    },
    async symlink(text, caller) {
      await assertParentInside(context, backing, path);
      await symlink(text, backing);
      const owner = ownerFor(caller);
      if (owner !== undefined) await lchown(backing, owner.uid, owner.gid);
      changed();
    },
    async rmdir() {
      assertNotFrame();
      await assertParentInside(context, backing, path);
      await rmdir(backing);
      context.removed(segments);
      changed();
    },
    async unlink() {
      assertNotFrame();
      await assertParentInside(context, backing, path);
      await unlink(backing);
      context.removed(segments);
      changed();
    },
    async chmod(mode) {
      await assertParentInside(context, backing, path);
      // chmod(2) follows a last symlink, and Linux has no modes of symlinks.
      if ((await lstat(backing)).isSymbolicLink()) throw systemError('EOPNOTSUPP', path);
      await chmod(backing, mode & 0o7777);
    },
    async chown(uid, gid) {
      await assertParentInside(context, backing, path);
      await lchown(backing, uid, gid);
    },
    async utimens(atime, mtime) {
      await assertParentInside(context, backing, path);
      await setTimes(backing, atime, mtime);
      // Editors and sync tools set times last; a size and time that match the record mean nothing changed.
      if (mtime !== 'omit') changed();
    },
    async replaceWith(bytes) {
      const file = await createContent(context, target, {
        flags: constants.O_WRONLY | constants.O_TRUNC,
        mode: 0o644,
        caller: undefined,
      });
      try {
        await file.write(bytes, 0);
      } finally {
        await file.release();
      }
    },
  };
}

export function frameError(path: string) {
  return refused(
    path,
    'part of the namespace, it cannot be removed, renamed or replaced',
    'Work on what is inside it.',
  );
}

/** Entries of a user's root are what the frame makes of their names: a link, or nothing at all. */
function asFrame(context: VfsContext, segments: readonly string[], entries: readonly DirEntry[]) {
  if (segments[0] !== 'user' || segments.length !== 2) return [...entries];
  return entries.flatMap((entry): DirEntry[] => {
    const { kind } = locate(`/${segments.join('/')}/${entry.name}`, context.principal);
    if (kind === 'absent') return [];
    return [kind === 'link' ? { ...entry, type: 'symlink', ino: 0n } : entry];
  });
}

/** With an actor peer, the others are not listed. */
function filterPeers(context: VfsContext, segments: readonly string[], entries: readonly DirEntry[]) {
  const { actorPeer } = context.principal;
  if (actorPeer === undefined || segments.length !== 3 || segments[2] !== 'peers') return entries;
  return entries.filter((entry) => entry.type !== 'directory' || entry.name === actorPeer);
}
