import { constants, lstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
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
  append(ref: SessionRef, bytes: Uint8Array): Promise<void>;
  forget(ref: SessionRef): void;
  close(): Promise<void>;
}

export function createLiveFiles(content: ContentStore): LiveFiles {
  const files = new Map<string, { readonly file: FileHandle; readonly ino: number }>();

  async function opened(ref: SessionRef): Promise<FileHandle> {
    const path = `${ref.path}/${MESSAGES}`;
    const known = files.get(ref.path);
    const stamp = stampOf(content, path);
    if (known !== undefined && stamp?.ino === known.ino) return known.file;
    forget(ref);
    const real = await content.real(ref.path);
    const file = await open(join(content.resolve(real), MESSAGES), FLAGS, 0o644);
    if (stamp === undefined) await syncDirectory(content.resolve(real));
    const { ino } = await file.stat();
    if (files.size >= OPEN_MAX) for (const key of files.keys()) drop(key);
    files.set(ref.path, { file, ino });
    return file;
  }

  function drop(key: string): void {
    const known = files.get(key);
    files.delete(key);
    // Everything written was on disk when its write returned: closing has nothing left to say.
    void known?.file.close().catch(() => undefined);
  }

  function forget(ref: SessionRef): void {
    drop(ref.path);
  }

  return {
    async append(ref, bytes) {
      try {
        const file = await opened(ref);
        const { bytesWritten } = await file.write(bytes);
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
      await Promise.all(open.map(({ file }) => file.close().catch(() => undefined)));
    },
  };
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
