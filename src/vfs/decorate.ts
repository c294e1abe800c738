import type { HandleId, Vfs } from './vfs.ts';

/** Runs around every operation: `on` is the path or the handle it works on. */
export type Around = <T>(op: string, on: string | HandleId, work: () => Promise<T>) => Promise<T>;

/** The same vfs with something done around each operation. */
export function decorate(vfs: Vfs, around: Around): Vfs {
  return {
    backing: (path) => vfs.backing(path),
    pathOf: (account, uri) => vfs.pathOf(account, uri),
    changed: (path, how) => vfs.changed(path, how),
    unsettled: (path) => vfs.unsettled(path),
    failed: (op, path, error, pid) => vfs.failed(op, path, error, pid),
    getattr: (path, caller) => around('getattr', path, () => vfs.getattr(path, caller)),
    fgetattr: (handle) => around('getattr', handle, () => vfs.fgetattr(handle)),
    readdir: (path, caller) => around('readdir', path, () => vfs.readdir(path, caller)),
    layers: (path) => vfs.layers(path),
    readlink: (path) => around('readlink', path, () => vfs.readlink(path)),
    statfs: (path) => around('statfs', path, () => vfs.statfs(path)),
    open: (path, flags, caller) => around('open', path, () => vfs.open(path, flags, caller)),
    create: (path, flags, mode, caller) =>
      around('create', path, () => vfs.create(path, flags, mode, caller)),
    read: (handle, buffer, position) => around('read', handle, () => vfs.read(handle, buffer, position)),
    write: (handle, buffer, position, waiter) =>
      around('write', handle, () => vfs.write(handle, buffer, position, waiter)),
    truncate: (path, size) => around('truncate', path, () => vfs.truncate(path, size)),
    ftruncate: (handle, size) => around('truncate', handle, () => vfs.ftruncate(handle, size)),
    flush: (handle) => around('close', handle, () => vfs.flush(handle)),
    fsync: (handle, dataOnly) => around('fsync', handle, () => vfs.fsync(handle, dataOnly)),
    release: (handle) => vfs.release(handle),
    mkdir: (path, mode, caller) => around('mkdir', path, () => vfs.mkdir(path, mode, caller)),
    rmdir: (path) => around('rmdir', path, () => vfs.rmdir(path)),
    unlink: (path) => around('unlink', path, () => vfs.unlink(path)),
    rename: (from, to, options) => around('rename', from, () => vfs.rename(from, to, options)),
    link: (existing, path) => around('link', path, () => vfs.link(existing, path)),
    symlink: (target, path, caller) => around('symlink', path, () => vfs.symlink(target, path, caller)),
    chmod: (path, mode) => around('chmod', path, () => vfs.chmod(path, mode)),
    chown: (path, uid, gid) => around('chown', path, () => vfs.chown(path, uid, gid)),
    utimens: (path, atime, mtime) => around('utimens', path, () => vfs.utimens(path, atime, mtime)),
    getxattr: (path, name) => around('getxattr', path, () => vfs.getxattr(path, name)),
    listxattr: (path) => around('listxattr', path, () => vfs.listxattr(path)),
    setxattr: (path, name, value, flags) =>
      around('setxattr', path, () => vfs.setxattr(path, name, value, flags)),
    removexattr: (path, name) => around('removexattr', path, () => vfs.removexattr(path, name)),
    get openHandles() {
      return vfs.openHandles;
    },
    close: () => vfs.close(),
  };
}
