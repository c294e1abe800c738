import { constants } from 'node:fs';
import type { DurableWaiter } from '../../base/durable-waiter.ts';
import type { HandleId, Vfs } from '../../vfs/index.ts';
import type { Call } from './binding.ts';

const { O_APPEND, O_RDONLY } = constants;
const O_ACCMODE = 3;

/** A reader that goes on within this time finds its handle again. */
const READER_IDLE_MS = 1_000;

/** Writers are let go sooner: until then what they wrote may be a draft. */
const WRITER_IDLE_MS = 100;

/** The kernel divides a write at pages: one that ends with a page, or is whole pages, is probably one of several. */
const PAGE_BYTES = 4096;

export interface HeldHandles {
  read(call: Call): Promise<Uint8Array>;
  /** The waiter may be told before it resolves. */
  write(call: Call, waiter: DurableWaiter): Promise<number>;
  fsync(call: Call): Promise<void>;
  /** Remembers the handle a CREATE opened as the caller's own. */
  adopt(node: number, call: Call, handle: HandleId): void;
  /** Releases what is held at or below a name that is about to go: its writers have nothing more to say. */
  leave(path: string): Promise<void>;
  /** The caller of a read or write no longer waits: its next one does not join an open that may never end. */
  abandon(call: Call): void;
  /** Releases every handle. */
  close(): Promise<void>;
  readonly size: number;
}

interface Held {
  readonly handle: Promise<HandleId>;
  readonly path: string;
  readonly isWriter: boolean;
  users: number;
  unflushed: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Open files of a connection without OPEN and RELEASE. The first read or write of a process on a node opens a handle;
 * silence closes it. Since close(2) says nothing either, a write is flushed before it is answered, so that the errors
 * of a magic file reach the write(2) that caused them.
 */
export function createHeldHandles(
  vfs: Vfs,
  onError: (op: string, path: string, error: unknown) => void,
): HeldHandles {
  const held = new Map<string, Held>();

  function keyOf(node: number, call: Call): string {
    return `${node}:${call.pid}:${call.flags & (O_ACCMODE | O_APPEND)}`;
  }

  function hold(key: string, path: string, flags: number, handle: Promise<HandleId>): Held {
    const entry: Held = {
      handle,
      path,
      isWriter: (flags & O_ACCMODE) !== O_RDONLY,
      users: 0,
      unflushed: false,
      timer: undefined,
    };
    held.set(key, entry);
    handle.catch(() => drop(key, entry));
    return entry;
  }

  async function use<T>(call: Call, work: (handle: HandleId, entry: Held) => Promise<T>): Promise<T> {
    const key = keyOf(call.node, call);
    const flags = call.flags & (O_ACCMODE | O_APPEND);
    const entry = held.get(key) ?? hold(key, call.path, flags, vfs.open(call.path, flags, callerOf(call)));
    entry.users += 1;
    try {
      return await work(await entry.handle, entry);
    } catch (error) {
      // A file that failed may be in any state: the next operation opens it anew.
      drop(key, entry);
      throw error;
    } finally {
      entry.users -= 1;
      if (entry.users === 0) settle(key, entry);
    }
  }

  function settle(key: string, entry: Held): void {
    if (held.get(key) !== entry) {
      void letGo(entry);
      return;
    }
    if (entry.timer !== undefined) {
      entry.timer.refresh();
      return;
    }
    entry.timer = setTimeout(
      () => {
        // In use again: it is set anew after that.
        if (entry.users > 0) return;
        drop(key, entry);
        void letGo(entry);
      },
      entry.isWriter ? WRITER_IDLE_MS : READER_IDLE_MS,
    );
  }

  function drop(key: string, entry: Held): void {
    clearTimeout(entry.timer);
    if (held.get(key) === entry) held.delete(key);
  }

  async function letGo(entry: Held): Promise<void> {
    let handle: HandleId;
    try {
      handle = await entry.handle;
    } catch {
      return;
    }
    try {
      if (entry.unflushed) await vfs.flush(handle);
    } catch (error) {
      onError('close', entry.path, error);
    }
    await vfs.release(handle);
  }

  async function end(which: (found: [string, Held]) => boolean): Promise<void> {
    const ending = [...held].filter(which);
    for (const [key, entry] of ending) drop(key, entry);
    await Promise.all(ending.map(([, entry]) => letGo(entry)));
  }

  return {
    read: (call) =>
      use(call, async (handle) => {
        const buffer = Buffer.allocUnsafe(call.size);
        return buffer.subarray(0, await vfs.read(handle, buffer, call.offset));
      }),
    write: (call, waiter) =>
      use(call, async (handle, entry) => {
        const data = call.data ?? Buffer.alloc(0);
        const count = await vfs.write(handle, data, call.offset, waiter);
        // What is durable already was whole, and left nothing to be flushed.
        if (waiter.isTold()) return count;
        entry.unflushed = true;
        if (isLast(data, call.offset)) {
          entry.unflushed = false;
          await vfs.flush(handle);
        }
        return count;
      }),
    async fsync(call) {
      const own = [...held].filter(
        ([key, entry]) => entry.isWriter && key.startsWith(`${call.node}:${call.pid}:`),
      );
      for (const [, entry] of own) {
        const handle = await entry.handle;
        if (entry.unflushed) await vfs.flush(handle);
        entry.unflushed = false;
        await vfs.fsync(handle, (call.flags & 1) !== 0);
      }
    },
    abandon(call) {
      const key = keyOf(call.node, call);
      const entry = held.get(key);
      if (entry !== undefined) drop(key, entry);
    },
    adopt(node, call, handle) {
      const key = keyOf(node, call);
      settle(key, hold(key, call.path, call.flags, Promise.resolve(handle)));
    },
    leave: (path) =>
      end(([, entry]) => entry.users === 0 && (entry.path === path || entry.path.startsWith(`${path}/`))),
    close: () => end(() => true),
    get size() {
      return held.size;
    },
  };
}

export function callerOf(call: Call): { pid: number; uid: number; gid: number } {
  return { pid: call.pid, uid: call.uid, gid: call.gid };
}

/** Whether a write ends what its caller has to say for now: a line is whole, or the kernel had no reason to divide it. */
function isLast(data: Uint8Array, offset: number): boolean {
  if (data.length === 0 || data[data.length - 1] === 0x0a) return true;
  return data.length % PAGE_BYTES !== 0 && (offset + data.length) % PAGE_BYTES !== 0;
}
