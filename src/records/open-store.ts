import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
import { isVikingError, toVikingError, VikingError } from '../errors/index.ts';
import { finishRepair, moveAside } from './aside.ts';
import type { Store, StoreOptions } from './contract.ts';
import { claim, type Database, openDatabase } from './database.ts';
import { corrupt, fromLevel, isLocked } from './level-errors.ts';
import { LevelStore } from './level-store.ts';
import { lockHolder, storeIsHeld } from './lock-holder.ts';
import { inspectFiles } from './preflight.ts';
import { verifyRecords } from './verify.ts';

const FORMAT_TABLE = 'format';
const FORMAT_KEY = 'version';

/** How much of a store is read and verified when it opens: about 0.1 s. The rest is verified as it is read. */
const VERIFY_BYTES = 16 * 1024 * 1024;

/**
 * Opens, or begins, the store in `options.dir`. One process at a time.
 * @throws CONFLICT (held by another), FAILED_PRECONDITION (of another format), CORRUPT (damaged), NO_SPACE,
 *   PERMISSION_DENIED. A rebuildable store that is damaged or of another format is moved to `<dir>.damaged-<time>`
 *   and begun anew instead; only the newest such directory is kept.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  assertFormat(options.format);
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
  const { dir, format } = options;
  const release = await claim(dir);
  let db: Database | undefined;
  try {
    // Before LevelDB reads anything: it deletes what a damaged manifest does not name.
    const files = await inspectFiles(dir);
    if (files.damage !== undefined) throw corrupt(dir, files.damage);
    db = await openDatabase(dir, { createIfMissing: files.fresh, errorIfExists: files.fresh });
    const report = await verifyRecords(db, VERIFY_BYTES);
    if (report.damaged.length > 0) throw corrupt(dir, `the record ${report.damaged[0]} fails its checksum`);
    const store = new LevelStore(db, dir, release);
    await checkFormat(store, format, report.records === 0);
    return store;
  } catch (error) {
    await db?.close();
    release();
    throw isLocked(error) ? storeIsHeld(dir, await lockHolder(dir)) : fromLevel(error, dir);
  }
}

async function checkFormat(store: LevelStore, format: number, empty: boolean): Promise<void> {
  const table = store.ownTable<number>(FORMAT_TABLE);
  const found = await table.get(FORMAT_KEY);
  if (found === undefined) {
    if (!empty) throw corrupt(store.dir, 'it does not say what format it has');
    return table.put(FORMAT_KEY, format);
  }
  if (found === format) return;
  throw new VikingError(
    'FAILED_PRECONDITION',
    `${store.dir}: the store has format ${found}, this version uses ${format}`,
    {
      hint:
        found > format
          ? `Run the version of vikingfs that wrote format ${found}, or a newer one.`
          : `Run the version of vikingfs that wrote format ${found}, export, and import with this one.`,
      details: { dir: store.dir, found, format },
    },
  );
}

function assertFormat(format: number): void {
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
