import { Level } from 'level';
import { isLocked } from './level-errors.ts';
import { storeIsHeld } from './lock-holder.ts';

/** Keys are UTF-8, so LevelDB orders them by bytes; values are sealed. */
export type Database = Level<string, Buffer>;

/** LevelDB with our encodings, not opened yet. */
export function database(dir: string): Database {
  return new Level<string, Buffer>(dir, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
}

/**
 * Fails with CONFLICT when somebody holds the store. Changes nothing: LevelDB takes the lock, and only then refuses
 * these contradictory options.
 */
export async function assertNotHeld(dir: string): Promise<void> {
  const db = database(dir);
  try {
    await db.open({ createIfMissing: false, errorIfExists: true });
  } catch (error) {
    if (isLocked(error)) throw await storeIsHeld(dir, error);
  } finally {
    await db.close();
  }
}

/** LevelDB's own repair: rebuilds the manifest from the tables and logs it can read. Changes the directory. */
export function repairInPlace(dir: string): Promise<void> {
  // The types of `level` leave out what its browser twin does not have.
  return (Level as typeof Level & { repair(location: string): Promise<void> }).repair(dir);
}
