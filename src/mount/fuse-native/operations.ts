import { constants } from 'node:fs';
import { VikingError } from '../../errors/index.ts';
import type { DirEntry, Vfs } from '../../vfs/index.ts';
import type { Answering } from './answers.ts';
import { statFsOf, typeOnly } from './stat-array.ts';
import { stale, type Unlinked } from './unlinked.ts';

type Done = (errno: number, ...rest: unknown[]) => void;

const TYPE_MODES: Readonly<Record<DirEntry['type'], number>> = {
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
  other: constants.S_IFIFO,
};

export interface OperationsOptions {
  readonly vfs: Vfs;
  readonly answering: Answering;
  readonly unlinked: Unlinked;
}

/** Handlers of fuse-native over a vfs: paths and handles in, errnos out. */
export function createOperations({ vfs, answering, unlinked }: OperationsOptions): Record<string, unknown> {
  /** A handler that answers only success or failure. */
  function plain(op: string, path: string, work: () => Promise<unknown>, done: Done): void {
    answering.run({ op, path }, work, () => done(0), done);
  }

  /** Work on a name, after what is being decided about it. */
  function named<T>(path: string, work: () => Promise<T>): () => Promise<T> {
    return async () => {
      await unlinked.decided(path);
      return work();
    };
  }

  async function rename(from: string, to: string): Promise<void> {
    await unlinked.decided(from);
    if (unlinked.isHiddenName(to)) return unlinked.hide(from, to);
    const replaced = unlinked.replacing(to);
    try {
      await vfs.rename(from, to);
      unlinked.renamed(from, to);
    } finally {
      replaced();
    }
  }

  async function open(path: string, opening: () => Promise<number>): Promise<number> {
    if (unlinked.isHiddenName(path)) throw stale(path);
    const handle = await opening();
    unlinked.opened(handle, path);
    return handle;
  }

  async function mknod(path: string, mode: number): Promise<void> {
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) {
      throw new VikingError('UNIMPLEMENTED', `${path}: only files, directories and links can be made here`);
    }
    const flags = constants.O_WRONLY | constants.O_EXCL;
    await vfs.release(await vfs.create(path, flags, mode & 0o7777));
  }

  return {
    // These are replaced on the instance; see `patches.ts`.
    getattr: true,
    fgetattr: true,
    getxattr: true,
    listxattr: true,
    readdir: (path: string, done: Done) =>
      answering.run(
        { op: 'readdir', path },
        named(path, () => vfs.readdir(path)),
        (entries) =>
          done(
            0,
            ['.', '..', ...entries.map((entry) => entry.name)],
            [
              typeOnly(constants.S_IFDIR),
              typeOnly(constants.S_IFDIR),
              ...entries.map((entry) => typeOnly(TYPE_MODES[entry.type], entry.ino)),
            ],
          ),
        done,
      ),
    readlink: (path: string, done: Done) =>
      answering.run(
        { op: 'readlink', path },
        named(path, () => vfs.readlink(path)),
        (target) => done(0, target),
        done,
      ),
    statfs: (path: string, done: Done) =>
      answering.run(
        { op: 'statfs', path },
        () => vfs.statfs(path),
        (found) => done(0, statFsOf(found)),
        done,
      ),
    open: (path: string, flags: number, done: Done) =>
      answering.run(
        { op: 'open', path },
        named(path, () => open(path, () => vfs.open(path, flags))),
        (handle) => done(0, handle),
        done,
      ),
    // The flags of a creation do not reach us; reading and writing covers them all.
    create: (path: string, mode: number, done: Done) =>
      answering.run(
        { op: 'create', path },
        named(path, () => open(path, () => vfs.create(path, constants.O_RDWR, mode))),
        (handle) => done(0, handle),
        done,
      ),
    // The native buffer is freed when the request ends, whatever still writes into it: reads go through our own.
    read: (path: string, handle: number, buffer: Buffer, length: number, position: number, done: Done) => {
      const own = Buffer.allocUnsafe(length);
      answering.run(
        { op: 'read', path },
        () => vfs.read(handle, own, position),
        (count) => {
          own.copy(buffer, 0, 0, count);
          done(count);
        },
        done,
      );
    },
    write: (path: string, handle: number, buffer: Buffer, length: number, position: number, done: Done) => {
      const own = Buffer.from(buffer.subarray(0, length));
      answering.run(
        { op: 'write', path },
        () => vfs.write(handle, own, position),
        (count) => done(count),
        done,
      );
    },
    truncate(path: string, size: number, done: Done) {
      const handle = unlinked.handleOf(path);
      plain(
        'truncate',
        path,
        named(path, () => (handle === undefined ? vfs.truncate(path, size) : vfs.ftruncate(handle, size))),
        done,
      );
    },
    ftruncate: (path: string, handle: number, size: number, done: Done) =>
      plain('truncate', path, () => vfs.ftruncate(handle, size), done),
    flush: (path: string, handle: number, done: Done) => plain('close', path, () => vfs.flush(handle), done),
    fsync: (path: string, dataOnly: number, handle: number, done: Done) =>
      plain('fsync', path, () => vfs.fsync(handle, dataOnly !== 0), done),
    // Names are durable when the backing directory is; ext4 orders them with the file's own fsync.
    fsyncdir: (path: string, _dataOnly: number, _handle: number, done: Done) =>
      plain('fsync', path, async () => undefined, done),
    release: (path: string, handle: number, done: Done) => {
      unlinked.closed(handle);
      plain('release', path, () => vfs.release(handle), done);
    },
    mkdir: (path: string, mode: number, done: Done) =>
      plain(
        'mkdir',
        path,
        named(path, () => vfs.mkdir(path, mode)),
        done,
      ),
    rmdir: (path: string, done: Done) =>
      plain(
        'rmdir',
        path,
        named(path, () => vfs.rmdir(path)),
        done,
      ),
    unlink(path: string, done: Done) {
      if (unlinked.isHiddenName(path)) {
        unlinked.forget(path);
        done(0);
        return;
      }
      plain(
        'unlink',
        path,
        named(path, () => vfs.unlink(path)),
        done,
      );
    },
    rename: (from: string, to: string, done: Done) => plain('rename', from, () => rename(from, to), done),
    link: (existing: string, path: string, done: Done) =>
      plain(
        'link',
        path,
        named(path, () => vfs.link(existing, path)),
        done,
      ),
    symlink: (target: string, path: string, done: Done) =>
      plain(
        'symlink',
        path,
        named(path, () => vfs.symlink(target, path)),
        done,
      ),
    mknod: (path: string, mode: number, _device: number, done: Done) =>
      plain(
        'mknod',
        path,
        named(path, () => mknod(path, mode)),
        done,
      ),
    chmod: (path: string, mode: number, done: Done) =>
      plain(
        'chmod',
        path,
        named(path, () => vfs.chmod(path, mode)),
        done,
      ),
    chown: (path: string, uid: number, gid: number, done: Done) =>
      plain(
        'chown',
        path,
        named(path, () => vfs.chown(path, signed(uid), signed(gid))),
        done,
      ),
    utimens: (path: string, atimeMs: number, mtimeMs: number, done: Done) =>
      plain(
        'utimens',
        path,
        named(path, () => vfs.utimens(path, nanoseconds(atimeMs), nanoseconds(mtimeMs))),
        done,
      ),
    setxattr: (path: string, name: string, value: Buffer, _position: number, flags: number, done: Done) => {
      const own = Buffer.from(value);
      plain(
        'setxattr',
        path,
        named(path, () => vfs.setxattr(path, name, own, flags)),
        done,
      );
    },
    removexattr: (path: string, name: string, done: Done) =>
      plain(
        'removexattr',
        path,
        named(path, () => vfs.removexattr(path, name)),
        done,
      ),
  };
}

/** The native side passes ids unsigned; all ones mean "leave it". */
function signed(id: number): number {
  return id === 0xffffffff ? -1 : id;
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}
