import { rm } from 'node:fs/promises';
import type { Config } from '../config/index.ts';
import { RECORDS_FORMAT } from '../core/index.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import { openStore, repairStore } from '../records/index.ts';

export interface FsckReport {
  readonly ok: boolean;
  readonly findings: readonly string[];
}

/**
 * Checks the stores of a home while no daemon runs. With `repair`, a damaged record store is copied aside and
 * repaired, and the index is dropped, because everything in it is built from content again.
 * @throws CONFLICT when a daemon holds the home
 */
export async function fsck(config: Config, repair: boolean): Promise<FsckReport> {
  const findings: string[] = [];
  let ok = true;
  try {
    const records = await verifyRecords(config.recordsDir);
    findings.push(`${config.recordsDir}: sound, ${records} records`);
  } catch (error) {
    if (!isVikingError(error) || error.code !== 'CORRUPT') throw error;
    if (repair) {
      const outcome = await repairStore(config.recordsDir, { format: RECORDS_FORMAT });
      findings.push(
        `${config.recordsDir}: repaired, ${outcome.recovered} records kept; the damaged store is ${outcome.movedTo}`,
      );
    } else {
      ok = false;
      findings.push(`${error.message}. Mend it with: ov fsck --repair`);
    }
  }
  if (repair) findings.push(await dropIndex(config.indexDir));
  return { ok, findings };
}

/** Reads every record of the store. @throws CORRUPT naming the store when one cannot be trusted */
async function verifyRecords(dir: string): Promise<number> {
  const store = await openStore({ dir, format: RECORDS_FORMAT });
  try {
    const { records, damaged } = await store.verify();
    if (damaged.length > 0) {
      throw new VikingError('CORRUPT', `${dir}: damaged: ${damaged.slice(0, 5).join('; ')}`);
    }
    return records;
  } finally {
    await store.close();
  }
}

async function dropIndex(indexDir: string): Promise<string> {
  await rm(indexDir, { recursive: true, force: true });
  return `${indexDir}: dropped, it is built from content at the next start`;
}
