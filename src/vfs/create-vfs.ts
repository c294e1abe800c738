import type { Core } from '../core/core.ts';
import type { Principal } from '../tenancy/index.ts';
import { generatedLayers } from './content/list-content.ts';
import { createContext, type VfsContext, type VfsOptions } from './context.ts';
import { decorate } from './decorate.ts';
import { readOnlyError } from './fault.ts';
import { changes } from './flags.ts';
import { contentStatFs } from './frame-nodes.ts';
import { createHandles, type Handles } from './handles.ts';
import { locate, mountPath } from './locate.ts';
import { cannotMake, missingOperation } from './missing.ts';
import { linkPlaces, renamePlaces } from './names.ts';
import { nodeAt } from './resolve.ts';
import type { Backing, HandleId, Vfs } from './vfs.ts';
import { getXattr, listXattrs, setXattr } from './xattr.ts';

/** The namespace of one identity as a POSIX tree over the core. Failures that deserve text go to `.viking/errors`. */
export function createVfs(core: Core, principal: Principal, options: VfsOptions): Vfs {
  const context = createContext(core, principal, options);
  const handles = createHandles();
  const vfs = plainVfs(context, handles);

  function failed(op: string, path: string, error: unknown, pid?: number): void {
    context.failures.record({ op, path, ...(pid === undefined ? {} : { pid }) }, error);
  }

  return decorate(
    {
      ...vfs,
      failed,
      get openHandles() {
        return handles.size;
      },
    },
    async (op, on, work) => {
      const path = typeof on === 'string' ? on : pathOf(handles, on);
      try {
        return await work();
      } catch (error) {
        failed(op, path, error);
        throw error;
      }
    },
  );
}

function plainVfs(context: VfsContext, handles: Handles): Omit<Vfs, 'failed' | 'openHandles'> {
  const at = (path: string) => nodeAt(context, path);

  function assertWritable(path: string): void {
    if (context.readOnly) throw readOnlyError(path);
  }

  async function release(id: HandleId): Promise<void> {
    const handle = handles.take(id);
    try {
      await handle?.file.release();
    } catch (error) {
      context.failures.record({ op: 'release', path: handle?.path ?? '' }, error);
    }
  }

  return {
    backing: (path) => backingOf(context, path),
    pathOf: (account, uri) => mountPath(context.principal, account, uri),
    changed(path, how = {}) {
      const place = locate(path, context.principal);
      const target = how.to === undefined ? undefined : locate(how.to, context.principal);
      if (place.kind === 'tree' && target?.kind === 'tree') {
        void context.renamed(place.segments, target.segments);
      } else if (place.kind === 'tree' && how.gone === true) context.removed(place.segments);
      for (const one of [place, target]) if (one?.kind === 'tree') context.changed(one.segments);
    },
    unsettled: (path) => context.snapshots.drop(path),

    getattr: async (path, caller) => at(path).attr(caller),
    fgetattr: async (handle) => handles.get(handle).file.attr(),
    async readdir(path) {
      const node = at(path);
      if (node.list === undefined) throw await missingOperation(node, 'readdir');
      return node.list();
    },
    layers(path) {
      const place = locate(path, context.principal);
      return place.kind === 'tree' ? generatedLayers(context, place.segments) : [];
    },
    async readlink(path) {
      const node = at(path);
      if (node.target === undefined) throw await missingOperation(node, 'readlink');
      return node.target();
    },
    statfs: () => contentStatFs(context),

    async open(path, flags, caller) {
      const node = at(path);
      if (changes(flags)) assertWritable(path);
      if (node.open === undefined) throw await missingOperation(node, 'open');
      return handles.add({ file: await node.open(flags, caller), path });
    },
    async create(path, flags, mode, caller) {
      const node = at(path);
      assertWritable(path);
      if (node.create === undefined) throw await cannotMake(node);
      return handles.add({ file: await node.create(flags, mode, caller), path });
    },
    read: async (handle, buffer, position) => handles.get(handle).file.read(buffer, position),
    write: async (handle, buffer, position, waiter) =>
      handles.get(handle).file.write(buffer, position, waiter),
    async truncate(path, size) {
      const node = at(path);
      assertWritable(path);
      if (node.truncate === undefined) throw await missingOperation(node, 'truncate');
      await node.truncate(size);
    },
    ftruncate: async (handle, size) => handles.get(handle).file.truncate(size),
    flush: async (handle) => handles.get(handle).file.flush(),
    fsync: async (handle, dataOnly) => handles.get(handle).file.sync(dataOnly),
    release,

    async mkdir(path, mode, caller) {
      const node = at(path);
      assertWritable(path);
      if (node.mkdir === undefined) throw await cannotMake(node);
      await node.mkdir(mode, caller);
    },
    async symlink(target, path, caller) {
      const node = at(path);
      assertWritable(path);
      if (node.symlink === undefined) throw await cannotMake(node);
      await node.symlink(target, caller);
    },
    async rmdir(path) {
      const node = at(path);
      assertWritable(path);
      if (node.rmdir === undefined) throw await missingOperation(node, 'rmdir');
      await node.rmdir();
    },
    async unlink(path) {
      const node = at(path);
      assertWritable(path);
      if (node.unlink === undefined) throw await missingOperation(node, 'unlink');
      await node.unlink();
    },
    async rename(from, to, options = {}) {
      assertWritable(from);
      const ends = { from: locate(from, context.principal), to: locate(to, context.principal) };
      await renamePlaces(context, handles, ends, options);
    },
    async link(existing, path) {
      assertWritable(path);
      await linkPlaces(context, locate(existing, context.principal), locate(path, context.principal));
    },
    async chmod(path, mode) {
      const node = at(path);
      assertWritable(path);
      if (node.chmod === undefined) throw await missingOperation(node, 'chmod');
      await node.chmod(mode);
    },
    async chown(path, uid, gid) {
      const node = at(path);
      assertWritable(path);
      if (node.chown === undefined) throw await missingOperation(node, 'chown');
      await node.chown(uid, gid);
    },
    async utimens(path, atime, mtime) {
      const node = at(path);
      assertWritable(path);
      if (node.utimens === undefined) throw await missingOperation(node, 'utimens');
      await node.utimens(atime, mtime);
    },

    getxattr: (path, name) => getXattr(context, path, name),
    listxattr: (path) => listXattrs(context, path),
    async setxattr(path, name) {
      assertWritable(path);
      await setXattr(context, path, name);
    },
    async removexattr(path, name) {
      assertWritable(path);
      await setXattr(context, path, name);
    },

    async close() {
      await Promise.all(handles.ids().map(release));
      context.close();
    },
  };
}

/**
 * Plain files and directories go straight to the backing path. What is virtual: everything generated, the sessions,
 * and the directories whose entries are the frame (they may not be removed, and peers may be hidden).
 */
function backingOf(context: VfsContext, path: string): Backing {
  const place = locate(path, context.principal);
  if (place.kind !== 'tree') return { kind: 'virtual' };
  const { segments } = place;
  const holdsFrame = segments[0] === 'user' && segments.length === 2;
  const hidesPeers =
    context.principal.actorPeer !== undefined &&
    segments.length === 3 &&
    segments[2] === 'peers' &&
    place.frame;
  if (holdsFrame || hidesPeers) return { kind: 'virtual' };
  return { kind: 'content', path: context.backingPath(segments) };
}

function pathOf(handles: Handles, id: HandleId): string {
  try {
    return handles.get(id).path;
  } catch {
    return `handle ${id}`;
  }
}
