import { constants } from 'node:fs';
import type { DurableWaiter } from '../../base/durable-waiter.ts';
import { VikingError } from '../../errors/index.ts';
import type { TimeChange, Vfs } from '../../vfs/index.ts';
import type { Call } from './binding.ts';
import { encodeAttr, encodeEntries, encodeNames } from './encode.ts';
import { callerOf, type HeldHandles } from './held-handles.ts';
import { FATTR, OP, opName, RENAME } from './protocol.ts';

/** What an operation answers: bytes, a count, or nothing. */
export type Payload = Uint8Array | number | undefined;

/** Tells who made an entry of a created file once the kernel knows it; -1 when its caller is gone. */
export type Answered = (node: number) => void;

export interface Performed {
  readonly payload?: Payload;
  readonly answered?: Answered;
}

type Perform = (call: Call, waiter: DurableWaiter) => Promise<Performed>;

/** Requests of the kernel on virtual names, as operations of a vfs. */
export function createRequests(vfs: Vfs, handles: HeldHandles): Perform {
  async function getattr(call: Call): Promise<Performed> {
    // Its change is told a moment later; a text made before it must not be given until then.
    if (call.unsettled === true) vfs.unsettled(call.path);
    return { payload: encodeAttr(await vfs.getattr(call.path, callerOf(call))) };
  }

  async function setattr(call: Call): Promise<Performed> {
    const valid = call.valid ?? 0;
    if ((valid & FATTR.size) !== 0) await vfs.truncate(call.path, call.size);
    if ((valid & FATTR.mode) !== 0) await vfs.chmod(call.path, call.mode);
    if ((valid & (FATTR.uid | FATTR.gid)) !== 0) {
      const uid = (valid & FATTR.uid) === 0 ? -1 : (call.newUid ?? -1);
      await vfs.chown(call.path, uid, (valid & FATTR.gid) === 0 ? -1 : (call.newGid ?? -1));
    }
    const atime = timeChange(valid, FATTR.atime, FATTR.atimeNow, call.atimeNs);
    const mtime = timeChange(valid, FATTR.mtime, FATTR.mtimeNow, call.mtimeNs);
    // A change of size brings its own time along; only asked-for times are set.
    if ((valid & FATTR.size) === 0 && (atime !== 'omit' || mtime !== 'omit'))
      await vfs.utimens(call.path, atime, mtime);
    return getattr(call);
  }

  async function create(call: Call): Promise<Performed> {
    const handle = await vfs.create(call.path, call.flags, call.mode & 0o7777, callerOf(call));
    const attr = await vfs.fgetattr(handle).catch(async (error: unknown) => {
      await vfs.release(handle);
      throw error;
    });
    return {
      payload: encodeAttr(attr),
      answered: (node) => {
        if (node > 0) handles.adopt(node, call, handle);
        else void vfs.release(handle);
      },
    };
  }

  async function mknod(call: Call): Promise<Performed> {
    if ((call.mode & constants.S_IFMT) !== constants.S_IFREG) {
      throw new VikingError(
        'PERMISSION_DENIED',
        `${call.path}: only files, directories and links can be made here`,
      );
    }
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    await vfs.release(await vfs.create(call.path, flags, call.mode & 0o7777, callerOf(call)));
    return getattr(call);
  }

  async function readdir(call: Call): Promise<Performed> {
    return { payload: encodeEntries(await vfs.readdir(call.path, callerOf(call))) };
  }

  async function rename(call: Call): Promise<Performed> {
    const noReplace = (call.flags & RENAME.noReplace) !== 0;
    await Promise.all([handles.leave(call.path), handles.leave(call.other ?? '')]);
    await vfs.rename(call.path, call.other ?? '', {
      noReplace,
      exchange: (call.flags & RENAME.exchange) !== 0,
    });
    return {};
  }

  async function getxattr(call: Call): Promise<Performed> {
    const value = await vfs.getxattr(call.path, call.other ?? '');
    if (value === undefined)
      throw Object.assign(new Error(`${call.path}: no such attribute`), { code: 'ENODATA' });
    return { payload: value };
  }

  /** An operation without an answer of its own. */
  function plain(work: (call: Call) => Promise<unknown>): Perform {
    return async (call) => {
      await work(call);
      return {};
    };
  }

  /** An operation that takes a name away. */
  function leaving(work: (path: string) => Promise<unknown>): Perform {
    return plain(async (call) => {
      await handles.leave(call.path);
      await work(call.path);
    });
  }

  /** An operation that makes an entry, answered with its attributes. */
  function making(work: (call: Call) => Promise<unknown>): Perform {
    return async (call) => {
      await work(call);
      return {
        payload: encodeAttr(
          await vfs.getattr(call.opcode === OP.link ? (call.other ?? '') : call.path, callerOf(call)),
        ),
      };
    };
  }

  const performs = new Map<number, Perform>([
    [OP.lookup, getattr],
    [OP.getattr, getattr],
    [OP.statx, getattr],
    [OP.setattr, setattr],
    [OP.readlink, async (call) => ({ payload: Buffer.from(await vfs.readlink(call.path)) })],
    [OP.symlink, making((call) => vfs.symlink(call.other ?? '', call.path, callerOf(call)))],
    [OP.mkdir, making((call) => vfs.mkdir(call.path, call.mode & 0o7777, callerOf(call)))],
    [OP.link, making((call) => vfs.link(call.path, call.other ?? ''))],
    [OP.mknod, mknod],
    [OP.unlink, leaving((path) => vfs.unlink(path))],
    [OP.rmdir, leaving((path) => vfs.rmdir(path))],
    [OP.rename, rename],
    [OP.rename2, rename],
    [OP.create, create],
    [OP.read, async (call) => ({ payload: await handles.read(call) })],
    [OP.write, async (call, waiter) => ({ payload: await handles.write(call, waiter) })],
    [OP.fsync, plain((call) => handles.fsync(call))],
    [OP.readdir, readdir],
    [OP.readdirplus, readdir],
    [OP.getxattr, getxattr],
    [OP.listxattr, async (call) => ({ payload: encodeNames(await vfs.listxattr(call.path)) })],
    [
      OP.setxattr,
      plain((call) => vfs.setxattr(call.path, call.other ?? '', call.data ?? Buffer.alloc(0), call.flags)),
    ],
    [OP.removexattr, plain((call) => vfs.removexattr(call.path, call.other ?? ''))],
  ]);

  return async (call, waiter) => {
    const perform = performs.get(call.opcode);
    if (perform === undefined) throw new VikingError('UNIMPLEMENTED', `${call.path}: ${opName(call.opcode)}`);
    return perform(call, waiter);
  };
}

function timeChange(valid: number, isSet: number, isNow: number, ns: bigint | undefined): TimeChange {
  if ((valid & isNow) !== 0) return 'now';
  return (valid & isSet) === 0 ? 'omit' : (ns ?? 'omit');
}
