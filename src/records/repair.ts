import { mkdir, rm } from 'node:fs/promises';
import { syncDirectory } from '../base/atomic-write.ts';
import { VikingError } from '../errors/index.ts';
import { exists, finishRepair, moveAside, repairedStore } from './aside.ts';
import { claim, openDatabase } from './database.ts';
import { readFormat, writeFormat } from './format.ts';
import { fromLevel } from './level-errors.ts';
import { type SalvageReport, salvage } from './salvage.ts';

export interface RepairOptions {
  /** Written when what was recovered does not say what format it has; else such a store cannot be opened. */
  readonly format?: number;
}

export interface RepairReport extends SalvageReport {
  /** Where the damaged store is now, byte for byte. */
  readonly movedTo: string;
}

/**
 * Makes a damaged store usable again: the records that can be read and pass their checksum go to a new store, which
 * takes the place of the damaged one; that stays as `<dir>.damaged-<time>`. Nothing is deleted. Killed at any point it
 * leaves the damaged store or the repaired one. When nothing could be read, the new store is empty.
 * @throws NOT_FOUND, CONFLICT (held by a process), NO_SPACE
 */
export async function repairStore(dir: string, options: RepairOptions = {}): Promise<RepairReport> {
  await finishRepair(dir);
  if (!(await exists(dir))) throw new VikingError('NOT_FOUND', `${dir}: no store to repair`);
  const release = await claim(dir);
  try {
    const report = await salvageBeside(dir, options.format);
    const movedTo = await moveAside(dir);
    await finishRepair(dir);
    return { movedTo, ...report };
  } catch (error) {
    throw fromLevel(error, dir);
  } finally {
    release();
  }
}

async function salvageBeside(dir: string, format: number | undefined): Promise<SalvageReport> {
  const repaired = repairedStore(dir);
  await rm(repaired, { recursive: true, force: true });
  await mkdir(repaired, { mode: 0o700 });
  const to = await openDatabase(repaired, { errorIfExists: true });
  let report: SalvageReport;
  try {
    report = await salvage(dir, to);
    const lacksFormat = report.recovered > 0 && (await readFormat(to)) === undefined;
    if (lacksFormat && format !== undefined) await writeFormat(to, format);
  } finally {
    await to.close();
  }
  await syncDirectory(repaired);
  return report;
}
