import type { BigIntStats } from 'node:fs';
import * as fsp from 'node:fs/promises';
import type { PosixFile, PosixFs, PosixStat } from './posix-fs.ts';

/** The operating system's own calls: a plain directory or a mount. */
export function nodeFs(root: string): PosixFs {
  return {
    root,
    open: async (path, flags, mode = 0o666) => nodeFile(await fsp.open(path, flags, mode)),
    stat: async (path) => posixStat(await fsp.stat(path, { bigint: true })),
    lstat: async (path) => posixStat(await fsp.lstat(path, { bigint: true })),
    readdir: (path) => fsp.readdir(path),
    readlink: (path) => fsp.readlink(path),
    mkdir: async (path, mode = 0o777) => void (await fsp.mkdir(path, mode)),
    rmdir: (path) => fsp.rmdir(path),
    unlink: (path) => fsp.unlink(path),
    rename: (from, to) => fsp.rename(from, to),
    link: (existing, path) => fsp.link(existing, path),
    symlink: (target, path) => fsp.symlink(target, path),
    chmod: (path, mode) => fsp.chmod(path, mode),
    chown: (path, uid, gid) => fsp.chown(path, uid, gid),
    utimes: (path, atime, mtime) => fsp.utimes(path, atime, mtime),
    truncate: (path, size) => fsp.truncate(path, size),
    statfs: (path) => fsp.statfs(path),
  };
}

function nodeFile(handle: fsp.FileHandle): PosixFile {
  return {
    async read(length, position) {
      const buffer = Buffer.alloc(length);
      let filled = 0;
      while (filled < length) {
        const at = position === null ? null : position + filled;
        const { bytesRead } = await handle.read(buffer, filled, length - filled, at);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    async write(data, position) {
      const bytes = Buffer.from(data as string);
      return (await handle.write(bytes, 0, bytes.length, position)).bytesWritten;
    },
    stat: async () => posixStat(await handle.stat({ bigint: true })),
    truncate: (size) => handle.truncate(size),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

function posixStat(stats: BigIntStats): PosixStat {
  return {
    ino: stats.ino,
    mode: Number(stats.mode),
    nlink: Number(stats.nlink),
    size: Number(stats.size),
    blocks: Number(stats.blocks),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeMs: Number(stats.mtimeNs) / 1e6,
    ctimeMs: Number(stats.ctimeNs) / 1e6,
    atimeMs: Number(stats.atimeNs) / 1e6,
  };
}
