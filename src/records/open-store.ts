import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
import { isVikingError, toVikingError, VikingError } from '../errors/index.ts';
import { finishRepair, moveAside } from './aside.ts';
import type { Store, StoreOptions } from './contract.ts';
import { claim, type Database, openDatabase } from './database.ts';
import { assertFormat, readFormat, writeFormat } from './format.ts';
import { corrupt, fromLevel, isLocked } from './level-errors.ts';
import { LevelStore } from './level-store.ts';
import { lockHolder, storeIsHeld } from './lock-holder.ts';
import { inspectFiles } from './preflight.ts';
import { verifyRecords } from './verify.ts';

/** How much of a store is read and verified when it opens: about 0.1 s. The rest is verified as it is read. */
const VERIFY_BYTES = 16 * 1024 * 1024;

/**
 * Opens, or begins, the store in `options.dir`. One process at a time.
 * @throws CONFLICT (held by another), FAILED_PRECONDITION (of another format), CORRUPT (damaged), NO_SPACE,
 *   PERMISSION_DENIED. A rebuildable store that is damaged or of another format is moved to `<dir>.damaged-<time>`
 *   and begun anew instead; only the newest such directory is kept.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  assertUsable(options.format);
  await finishRepair(options.dir);
  await makeDirectory(options.dir);
  try {
    return await open(options);
  } catch (error) {
    const code = isVikingError(error) ? error.code : undefined;
    if (options.rebuildable !== true || (code !== 'CORRUPT' && code !== 'FAILED_PRECONDITION')) throw error;
    await moveAside(options.dir, { keep: 1 });
    await makeDirectory(options.dir);
    return await open(options);
  }
}

async function open(options: StoreOptions): Promise<Store> {
  const { dir, format, verifyBytes = VERIFY_BYTES } = options;
  const release = await claim(dir);
  let db: Database | undefined;
  try {
    // Before LevelDB reads anything: it deletes what a damaged manifest does not name.
    const files = await inspectFiles(dir, verifyBytes);
    if (files.damage !== undefined) throw corrupt(dir, files.damage);
    db = await openDatabase(dir, { createIfMissing: files.fresh, errorIfExists: files.fresh });
    const report = await verifyRecords(db, verifyBytes);
    if (report.damaged.length > 0) throw corrupt(dir, `the record ${report.damaged[0]} fails its checksum`);
    await checkFormat(db, format, report.records === 0);
    return new LevelStore(db, dir, release);
  } catch (error) {
    await db?.close();
    release();
    throw isLocked(error) ? storeIsHeld(dir, await lockHolder(dir)) : fromLevel(error, dir);
  }
}

/** Writes the format at every open, so that it is in the newest log as well as in a table: either may be damaged. */
async function checkFormat(db: Database, format: number, empty: boolean): Promise<void> {
  const found = await readFormat(db);
  if (found === undefined && !empty) throw corrupt(db.location, 'it does not say what format it has');
  if (found !== undefined) assertFormat(db.location, found, format);
  await writeFormat(db, format);
}

function assertUsable(format: number): void {
  if (Number.isSafeInteger(format) && format > 0) return;
  throw new VikingError('INVALID_ARGUMENT', `the format ${format} is not a positive integer`);
}

async function makeDirectory(dir: string): Promise<void> {
  try {
    const made = await mkdir(dir, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncDirectory(dirname(made));
  } catch (error) {
    throw toVikingError(error, dir);
  }
}
