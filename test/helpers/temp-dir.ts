import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDir {
  /** Absolute, without symlinks. */
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * A new directory `$TMPDIR/vikingfs-<pid>-XXXXXX`. The pid lets the global setup tell a leftover mount of a dead
 * run from one that another run is using.
 */
export async function tempDir(): Promise<TempDir> {
  const path = await realpath(await mkdtemp(join(tmpdir(), `vikingfs-${process.pid}-`)));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Runs `work` with a temporary directory that is gone afterwards. */
export async function withTempDir<T>(work: (path: string) => Promise<T>): Promise<T> {
  const dir = await tempDir();
  try {
    return await work(dir.path);
  } finally {
    await dir.remove();
  }
}
