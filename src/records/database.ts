import { realpath } from 'node:fs/promises';
import { Level } from 'level';
import { isLocked } from './level-errors.ts';
import { lockHolder, storeIsHeld } from './lock-holder.ts';

/**
 * LevelDB maps its files into memory and what was read of them counts as ours, so few and small ones are kept open: 64
 * tables (the least it takes, and ten for itself) of half a megabyte. Opening one takes less than 0.1 ms.
 */
const TABLES = { maxOpenFiles: 74, maxFileSize: 512 * 1024, cacheSize: 2 * 1024 * 1024 } as const;

/** Keys are UTF-8, so LevelDB orders them by bytes; values are sealed. */
export type Database = Level<string, Buffer>;

export interface OpenDatabaseOptions {
  /** Default true. */
  readonly createIfMissing?: boolean;
  /** Default false. */
  readonly errorIfExists?: boolean;
}

/**
 * Opens LevelDB with our encodings. There is no unopened database to hand out: one that is not opened at once opens
 * itself, with options of its own, and then makes and deletes files.
 */
export async function openDatabase(dir: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const db: Database = new Level<string, Buffer>(dir, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
  await db.open({ ...TABLES, ...options });
  return db;
}

/** Stores this process has open, by real path. */
const claimed = new Set<string>();

/**
 * Claims the existing directory of a store for this process and returns what gives it up. A second open in one
 * process must not get as far as LevelDB: refusing it, LevelDB closes a descriptor of the lock file, and with any
 * such descriptor POSIX drops the lock of the first.
 * @throws CONFLICT when this or another process holds the store
 */
export async function claim(dir: string): Promise<() => void> {
  const path = await realpath(dir);
  if (claimed.has(path)) throw storeIsHeld(dir, process.pid);
  claimed.add(path);
  const release = (): void => {
    claimed.delete(path);
  };
  try {
    await assertNotHeld(dir);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

/** Changes nothing: LevelDB takes the lock, and only then refuses these contradictory options. */
async function assertNotHeld(dir: string): Promise<void> {
  try {
    const db = await openDatabase(dir, { createIfMissing: false, errorIfExists: true });
    await db.close();
  } catch (error) {
    if (isLocked(error)) throw storeIsHeld(dir, await lockHolder(dir));
  }
}
