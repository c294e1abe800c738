import { constants, lstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
import type { DurableWaiter } from '../base/durable-waiter.ts';
import type { ContentStore, Stamp } from '../content/contract.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import { MESSAGES, type SessionRef } from './session-ref.ts';

/** Live files kept open: opening one costs more than a write to it. */
const OPEN_MAX = 64;

/** O_DSYNC: a write is on disk, with the new size of the file, when it returns. One call, one flush. */
const FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_DSYNC;

/**
 * Appends to the live files of sessions. Only in the session's lane: that nobody else writes is what lets a file stay
 * open. A file that was replaced behind it (a commit, an editor) is opened anew.
 */
export interface LiveFiles {
  /** Durable when it resolves; all of `bytes` or an error. */
  append(ref: SessionRef, bytes: Uint8Array, how: AppendHow): Promise<void>;
  forget(ref: SessionRef): void;
  close(): Promise<void>;
}

export interface AppendHow {
  /** Of the live file, a moment ago; undefined when there is none. */
  readonly stamp: Stamp | undefined;
  /** The only one who waits for it. */
  readonly waiter: DurableWaiter | undefined;
}

interface OpenLive {
  readonly file: FileHandle;
  readonly ino: number;
  /** The last write; never rejects. */
  writing: Promise<unknown>;
}

export function createLiveFiles(content: ContentStore): LiveFiles {
  const files = new Map<string, OpenLive>();

  async function opened(ref: SessionRef, stamp: Stamp | undefined): Promise<OpenLive> {
    const known = files.get(ref.path);
    if (known !== undefined && stamp?.ino === known.ino) return known;
    forget(ref);
    const real = await content.real(ref.path);
    const file = await open(join(content.resolve(real), MESSAGES), FLAGS, 0o644);
    if (stamp === undefined) await syncDirectory(content.resolve(real));
    const { ino } = await file.stat();
    if (files.size >= OPEN_MAX) for (const key of files.keys()) drop(key);
    const live: OpenLive = { file, ino, writing: Promise.resolve() };
    files.set(ref.path, live);
    return live;
  }

  function drop(key: string): void {
    const known = files.get(key);
    files.delete(key);
    // Everything written was on disk when its write returned: closing has nothing left to say.
    if (known !== undefined) void close(known);
  }

  async function close({ file, writing }: OpenLive): Promise<void> {
    await writing;
    await file.close().catch(() => undefined);
  }

  function forget(ref: SessionRef): void {
    drop(ref.path);
  }

  return {
    async append(ref, bytes, { stamp, waiter }) {
      try {
        const live = await opened(ref, stamp);
        const writing = waiter?.write(live.file.fd, bytes) ?? inPool(live.file, bytes);
        live.writing = writing.catch(() => undefined);
        const bytesWritten = await writing;
        if (bytesWritten === bytes.byteLength) return;
        throw new VikingError(
          'NO_SPACE',
          `${ref.uri}/${MESSAGES}: only ${bytesWritten} of ${bytes.byteLength} bytes could be appended`,
        );
      } catch (error) {
        forget(ref);
        throw toVikingError(error, `${ref.uri}/${MESSAGES}`);
      }
    },
    forget,
    async close() {
      const open = [...files.values()];
      files.clear();
      await Promise.all(open.map(close));
    },
  };
}

async function inPool(file: FileHandle, bytes: Uint8Array): Promise<number> {
  return (await file.write(bytes)).bytesWritten;
}

/**
 * Stamp of an entry, a symlink as itself; undefined when there is none. Synchronous: it takes microseconds, where a turn
 * through the thread pool for every append takes longer than the append.
 */
export function stampOf(content: ContentStore, path: string): Stamp | undefined {
  return stampAt(content.resolve(path));
}

/** The same by absolute path. */
export function stampAt(path: string): Stamp | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found && { size: found.size, mtimeMs: found.mtimeMs, ctimeMs: found.ctimeMs, ino: found.ino };
}
