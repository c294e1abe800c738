import type { StoreReport } from './contract.ts';
import type { Database } from './database.ts';
import { unseal } from './envelope.ts';

/** Entries taken from LevelDB at a time. */
const BATCH = 1_000;
const MOST_NAMED = 100;

/**
 * Checks the checksum of every record until `limitBytes` of keys and values were read.
 * @throws what LevelDB throws for a block or file that cannot be read
 */
export async function verifyRecords(
  db: Database,
  limitBytes = Number.POSITIVE_INFINITY,
): Promise<StoreReport> {
  const damaged: string[] = [];
  let records = 0;
  let bytes = 0;
  const iterator = db.iterator({ fillCache: false });
  try {
    for (;;) {
      const entries = await iterator.nextv(BATCH);
      if (entries.length === 0 || (bytes >= limitBytes && records > 0)) return { records, damaged };
      for (const [key, sealed] of entries) {
        records += 1;
        bytes += key.length + sealed.length;
        if (unseal(key, sealed) === undefined && damaged.length < MOST_NAMED)
          damaged.push(key.replace('\0', ' '));
      }
    }
  } finally {
    await iterator.close();
  }
}
