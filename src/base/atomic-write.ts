import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface AtomicWriteOptions {
  /** Where the temporary file is made: same filesystem as the target. Default: the target's directory. */
  readonly stagingDir?: string;
  readonly mode?: number;
  /** Before anybody sees it, what else the new file is to have; it is written by then. */
  readonly prepare?: (file: FileHandle) => Promise<void>;
  /** The last look before the new file takes the place of the old: throwing leaves the old one. */
  readonly beforeRename?: () => Promise<void>;
}

/** What a file is written from. A stream is taken as it comes, so that its size does not matter. */
export type FileData = string | Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Replaces `path` so that a reader, or a crash at any instruction, sees the old content or the new, never a mixture.
 * When it returns, content and name are on disk (file and directory are synced).
 */
export async function writeFileAtomic(
  path: string,
  data: FileData,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const staging = options.stagingDir ?? dirname(path);
  const temporary = join(staging, `.vikingfs-${randomBytes(8).toString('hex')}.tmp`);
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'wx', options.mode ?? 0o644);
    await writeFile(file, data);
    await options.prepare?.(file);
    await file.sync();
    await file.close();
    file = undefined;
    await options.beforeRename?.();
    await rename(temporary, path);
  } catch (error) {
    await file?.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes created, renamed and removed names in `path` durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
