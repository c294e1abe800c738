import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from './database.ts';
import { unseal } from './envelope.ts';
import { logVersions, tableVersions, type Version } from './leveldb/versions.ts';

export interface SalvageReport {
  /** Records written to the new store. */
  readonly recovered: number;
  /** Records that were found but failed their checksum. */
  readonly dropped: number;
}

/** Bytes of records written at a time. */
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Copies to `to` the newest version of every record that can be read in the files of the store in `dir`, which is
 * only read. LevelDB's own repair is not used: it trusts damaged blocks, and a key out of order ends the process by a
 * failed assertion. Of each key the newest intact version counts, so a record whose newest version is lost may come
 * back as an older one, and a deleted one return if only its deletion is lost.
 */
export async function salvage(dir: string, to: Database): Promise<SalvageReport> {
  const newest = new Map<string, bigint>();
  for await (const { key, sequence } of versionsIn(dir)) {
    const name = key.toString('latin1');
    if (sequence > (newest.get(name) ?? -1n)) newest.set(name, sequence);
  }
  let [recovered, dropped, bytes] = [0, 0, 0];
  let batch: { type: 'put'; key: string; value: Buffer }[] = [];
  const write = async (): Promise<void> => {
    await to.batch(batch, { sync: true });
    recovered += batch.length;
    [batch, bytes] = [[], 0];
  };
  for await (const { key, sequence, value } of versionsIn(dir)) {
    if (newest.get(key.toString('latin1')) !== sequence) continue;
    // A record is in a log and in the table made from it until the log is deleted: once is enough.
    newest.delete(key.toString('latin1'));
    if (value === undefined) continue;
    if (unseal(key.toString(), value) === undefined) {
      dropped += 1;
      continue;
    }
    batch.push({ type: 'put', key: key.toString(), value });
    bytes += key.length + value.length;
    if (bytes > BATCH_BYTES) await write();
  }
  await write();
  return { recovered, dropped };
}

/** One file at a time: tables are about 2 MiB, logs 4. */
async function* versionsIn(dir: string): AsyncGenerator<Version> {
  for (const name of await readdir(dir)) {
    if (/^\d+\.(ldb|sst)$/.test(name)) yield* tableVersions(await readFile(join(dir, name)));
    if (/^\d+\.log$/.test(name)) yield* logVersions(await readFile(join(dir, name)));
  }
}
