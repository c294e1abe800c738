import { cp, mkdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import { exists, finishRepair, moveAside, repairedStore } from './aside.ts';
import { claim, type Database, openDatabase, repairInPlace } from './database.ts';
import { unseal } from './envelope.ts';
import { fromLevel } from './level-errors.ts';

export interface RepairReport {
  /** Where the damaged store is now, byte for byte. */
  readonly movedTo: string;
  /** Records in the repaired store; 0 when it had to be begun anew. */
  readonly recovered: number;
  /** Records that were found but failed their checksum. */
  readonly dropped: number;
}

const BATCH = 1_000;

/**
 * Makes a damaged store usable again. LevelDB's repair works on a copy; the records that pass their checksum go to a
 * new store, which takes the place of the damaged one, and that stays as `<dir>.damaged-<time>`. Nothing is deleted
 * but the working copy. Killed at any point it leaves the damaged store or the repaired one.
 * @throws NOT_FOUND, CONFLICT (held by a process), NO_SPACE
 */
export async function repairStore(dir: string): Promise<RepairReport> {
  await finishRepair(dir);
  if (!(await exists(dir))) throw new VikingError('NOT_FOUND', `${dir}: no store to repair`);
  const release = await claim(dir);
  const copy = workingCopy(dir);
  const repaired = repairedStore(dir);
  try {
    await rm(copy, { recursive: true, force: true });
    await rm(repaired, { recursive: true, force: true });
    await cp(dir, copy, { recursive: true, filter: (path) => basename(path) !== 'LOCK' });
    const counts = await salvage(copy, repaired);
    const movedTo = await moveAside(dir);
    await finishRepair(dir);
    return { movedTo, ...counts };
  } catch (error) {
    throw toVikingError(fromLevel(error, dir), dir);
  } finally {
    await rm(copy, { recursive: true, force: true });
    release();
  }
}

function workingCopy(dir: string): string {
  return `${dir}.repairing`;
}

/** Copies what can be read and trusted in `copy` to a new store in `repaired`. */
async function salvage(copy: string, repaired: string): Promise<{ recovered: number; dropped: number }> {
  await mkdir(repaired, { mode: 0o700 });
  const to = await openDatabase(repaired);
  const counts = { recovered: 0, dropped: 0 };
  try {
    await repairInPlace(copy);
    await copyRecords(copy, to, counts);
  } catch (error) {
    // What was read until then is kept. A full disk is no damage and must not pass for one.
    const known = fromLevel(error, copy);
    if (known.code !== 'CORRUPT' && known.code !== 'INTERNAL') throw known;
  } finally {
    await to.close();
  }
  await syncDirectory(repaired);
  return counts;
}

async function copyRecords(copy: string, to: Database, counts: { recovered: number; dropped: number }) {
  const from = await openDatabase(copy, { createIfMissing: false });
  const iterator = from.iterator({ fillCache: false });
  try {
    for (;;) {
      const entries = await iterator.nextv(BATCH);
      if (entries.length === 0) return;
      const intact = entries.filter(([key, sealed]) => unseal(key, sealed) !== undefined);
      await to.batch(
        intact.map(([key, value]) => ({ type: 'put' as const, key, value })),
        { sync: true },
      );
      counts.recovered += intact.length;
      counts.dropped += entries.length - intact.length;
    }
  } finally {
    await iterator.close();
    await from.close();
  }
}
