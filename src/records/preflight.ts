import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDamagedLog } from './leveldb/log-format.ts';
import { type Manifest, readManifest } from './leveldb/manifest.ts';
import { isIntactTable } from './leveldb/table-format.ts';

export interface FilesReport {
  /** No file of LevelDB is there. */
  readonly fresh: boolean;
  /** What is wrong, for people. */
  readonly damage?: string;
}

/**
 * Looks for damage that LevelDB meets with silence and data loss, before it opens the store:
 * - without CURRENT it begins a new database and deletes the tables of the old one;
 * - a manifest cut off at the end is believed, and the tables it no longer names are deleted. Its last edit always
 *   names a log that exists, so a missing log gives it away;
 * - a record of a log that fails its checksum ends the block unnoticed, with acknowledged writes after it;
 * - a damaged table is believed, and keys out of order in it end the process by a failed assertion in a compaction.
 * A log cut off at its end is what a crash leaves and no damage. Reported by LevelDB itself: garbage in CURRENT, a
 * manifest that fails its checksums, missing tables. Tables are looked at until `tableBytes` are read. Call it only
 * when nobody else holds the store.
 */
export async function inspectFiles(dir: string, tableBytes: number): Promise<FilesReport> {
  const names = await readdir(dir);
  const stored = names.filter((name) => /^(MANIFEST-\d+|\d+\.(ldb|sst|log))$/.test(name));
  if (!names.includes('CURRENT')) {
    // A crash in the very first open can leave a manifest and nothing else; it holds no records.
    const lost = stored.filter((name) => !name.startsWith('MANIFEST-'));
    return lost.length === 0
      ? { fresh: true }
      : { fresh: false, damage: `CURRENT is missing beside ${lost[0]}` };
  }
  const current = (await readFile(join(dir, 'CURRENT'), 'latin1')).trimEnd();
  if (!/^MANIFEST-\d+$/.test(current)) return { fresh: false, damage: 'CURRENT does not name a manifest' };
  if (!stored.includes(current)) return { fresh: false, damage: `${current}, named by CURRENT, is missing` };
  const manifest = readManifest(await readFile(join(dir, current)));
  const damage =
    (await inspectLogs(dir, stored, manifest.logNumber)) ?? (await inspectTables(dir, manifest, tableBytes));
  return damage === undefined ? { fresh: false } : { fresh: false, damage };
}

async function inspectLogs(
  dir: string,
  stored: readonly string[],
  logNumber: number | undefined,
): Promise<string | undefined> {
  // Without a number the manifest is too short for LevelDB as well, which says so. Zero: a database never written to.
  if (logNumber === undefined) return 'its manifest names no log';
  const logs = stored.filter((name) => name.endsWith('.log') && Number.parseInt(name, 10) >= logNumber);
  if (logNumber > 0 && !logs.some((name) => Number.parseInt(name, 10) === logNumber)) {
    return `log ${logNumber}, named by its manifest, is missing`;
  }
  for (const name of logs) {
    if (isDamagedLog(await readFile(join(dir, name))))
      return `${name} has a damaged record before intact ones`;
  }
  return undefined;
}

/** Tables the manifest names but the directory lacks are reported by LevelDB. */
async function inspectTables(
  dir: string,
  { tables }: Manifest,
  tableBytes: number,
): Promise<string | undefined> {
  let bytes = 0;
  // The newest first: they are compacted first.
  for (const number of [...tables].sort((a, b) => b - a)) {
    if (bytes >= tableBytes) return undefined;
    const name = `${`${number}`.padStart(6, '0')}.ldb`;
    const table = await readFile(join(dir, name)).catch(() => undefined);
    if (table === undefined) continue;
    bytes += table.length;
    if (!isIntactTable(table)) return `the table ${name} fails its checksums`;
  }
  return undefined;
}
