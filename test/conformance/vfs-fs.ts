import { constants } from 'node:fs';
import { dirname, posix } from 'node:path';
import type { Attr, Vfs } from '../../src/vfs/index.ts';
import type { PosixFile, PosixFs, PosixStat } from './posix-fs.ts';

const { O_ACCMODE, O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_TRUNC } = {
  O_ACCMODE: 3,
  ...constants,
};

/**
 * A vfs called in this process. What the kernel does in front of a filesystem is done here: resolving names and
 * symlinks, the rules of open flags, file offsets, the umask.
 */
export function vfsFs(vfs: Vfs, root: string): PosixFs {
  const umask = process.umask();

  async function attrOf(path: string): Promise<Attr | undefined> {
    try {
      return await vfs.getattr(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The path with its symlinks followed (the last one only when asked), ENOENT and ENOTDIR on the way. */
  async function resolve(path: string, followLast: boolean, depth = 0): Promise<string> {
    if (depth > 40) throw fault('ELOOP', path);
    const names = path.split('/').filter(Boolean);
    const mustBeDirectory = path.length > 1 && path.endsWith('/');
    let at = '';
    for (const [index, name] of names.entries()) {
      const last = index === names.length - 1;
      const here = `${at}/${name}`;
      const attr = await attrOf(here);
      if (attr === undefined) {
        if (!last) throw fault('ENOENT', path);
        return here;
      }
      if (isLink(attr) && (!last || followLast || mustBeDirectory)) {
        const target = await vfs.readlink(here);
        const rest = names.slice(index + 1).join('/');
        const joined = posix.resolve(at === '' ? '/' : at, target);
        return resolve(posix.join(joined, rest) + (mustBeDirectory ? '/' : ''), followLast, depth + 1);
      }
      if ((!last || mustBeDirectory) && !isDirectory(attr)) throw fault('ENOTDIR', path);
      at = here;
    }
    return at === '' ? '/' : at;
  }

  async function parentChecked(path: string): Promise<string> {
    const real = await resolve(path.replace(/\/+$/, ''), false);
    const parent = await vfs.getattr(dirname(real));
    if (!isDirectory(parent)) throw fault('ENOTDIR', path);
    return real;
  }

  async function open(path: string, flags: number, mode = 0o666): Promise<PosixFile> {
    const exclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
    // The kernel refuses the combination before it looks at anything.
    if ((flags & O_CREAT) !== 0 && (flags & O_DIRECTORY) !== 0) throw fault('EINVAL', path);
    const real = await resolve(path, !exclusive && (flags & O_NOFOLLOW) === 0);
    const attr = await attrOf(real);
    if (attr === undefined) {
      if ((flags & O_CREAT) === 0) throw fault('ENOENT', path);
      return handleFile(await vfs.create(real, flags, mode & ~umask), flags);
    }
    if (exclusive) throw fault('EEXIST', path);
    if (isLink(attr)) throw fault((flags & O_DIRECTORY) === 0 ? 'ELOOP' : 'ENOTDIR', path);
    if (isDirectory(attr)) {
      if ((flags & O_ACCMODE) !== 0 || (flags & (O_CREAT | O_TRUNC)) !== 0) throw fault('EISDIR', path);
      return directoryFile(real);
    }
    if ((flags & O_DIRECTORY) !== 0) throw fault('ENOTDIR', path);
    // O_TRUNC truncates whatever the access mode is, as Linux does.
    if ((flags & O_TRUNC) !== 0) await vfs.truncate(real, 0);
    return handleFile(await vfs.open(real, flags & ~(O_TRUNC | O_CREAT | O_EXCL)), flags);
  }

  function directoryFile(path: string): PosixFile {
    const refuse = () => Promise.reject(fault('EISDIR', path));
    return {
      read: refuse,
      write: () => Promise.reject(fault('EBADF', path)),
      stat: async () => posixStat(await vfs.getattr(path)),
      truncate: () => Promise.reject(fault('EINVAL', path)),
      sync: async () => undefined,
      close: async () => undefined,
    };
  }

  function handleFile(handle: number, flags: number): PosixFile {
    let offset = 0;
    return {
      async read(length, position) {
        if ((flags & O_ACCMODE) === constants.O_WRONLY) throw fault('EBADF', 'read');
        const buffer = Buffer.alloc(length);
        const count = await vfs.read(handle, buffer, position ?? offset);
        if (position === null) offset += count;
        return buffer.subarray(0, count);
      },
      async write(data, position) {
        if ((flags & O_ACCMODE) === constants.O_RDONLY) throw fault('EBADF', 'write');
        const bytes = Buffer.from(data as string);
        const appending = (flags & O_APPEND) !== 0;
        const at = appending ? Number((await vfs.fgetattr(handle)).size) : (position ?? offset);
        const count = await vfs.write(handle, bytes, at);
        if (position === null) offset = at + count;
        return count;
      },
      stat: async () => posixStat(await vfs.fgetattr(handle)),
      async truncate(size) {
        if ((flags & O_ACCMODE) === constants.O_RDONLY) throw fault('EINVAL', 'ftruncate');
        await vfs.ftruncate(handle, size);
      },
      sync: () => vfs.fsync(handle, false),
      async close() {
        try {
          await vfs.flush(handle);
        } finally {
          await vfs.release(handle);
        }
      },
    };
  }

  return {
    root,
    open,
    stat: async (path) => posixStat(await vfs.getattr(await resolve(path, true))),
    lstat: async (path) => posixStat(await vfs.getattr(await resolve(path, false))),
    readdir: async (path) => (await vfs.readdir(await resolve(path, true))).map((entry) => entry.name),
    readlink: async (path) => vfs.readlink(await resolve(path, false)),
    async mkdir(path, mode = 0o777) {
      const real = await parentChecked(path);
      if ((await attrOf(real)) !== undefined) throw fault('EEXIST', path);
      await vfs.mkdir(real, mode & ~umask);
    },
    rmdir: async (path) => vfs.rmdir(await parentChecked(path)),
    unlink: async (path) => vfs.unlink(await parentChecked(path)),
    rename: async (from, to) => vfs.rename(await parentChecked(from), await parentChecked(to)),
    link: async (existing, path) => vfs.link(await resolve(existing, false), await parentChecked(path)),
    symlink: async (target, path) => vfs.symlink(target, await parentChecked(path)),
    chmod: async (path, mode) => vfs.chmod(await resolve(path, true), mode),
    chown: async (path, uid, gid) => vfs.chown(await resolve(path, true), uid, gid),
    utimes: async (path, atime, mtime) =>
      vfs.utimens(await resolve(path, true), nanoseconds(atime), nanoseconds(mtime)),
    truncate: async (path, size) => vfs.truncate(await resolve(path, true), size),
    async statfs(path) {
      const found = await vfs.statfs(path);
      return { bsize: found.blockSize, blocks: Number(found.blocks), bfree: Number(found.blocksFree) };
    },
  };
}

function codeOf(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  return code === 'NOT_FOUND' ? 'ENOENT' : code;
}

function fault(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

function isLink(attr: Attr): boolean {
  return (attr.mode & constants.S_IFMT) === constants.S_IFLNK;
}

function isDirectory(attr: Attr): boolean {
  return (attr.mode & constants.S_IFMT) === constants.S_IFDIR;
}

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1_000n;
}

function posixStat(attr: Attr): PosixStat {
  return {
    ino: attr.ino,
    mode: attr.mode,
    nlink: attr.nlink,
    size: attr.size,
    blocks: attr.blocks,
    uid: attr.uid,
    gid: attr.gid,
    mtimeMs: Number(attr.mtimeNs) / 1e6,
    ctimeMs: Number(attr.ctimeNs) / 1e6,
    atimeMs: Number(attr.atimeNs) / 1e6,
  };
}
