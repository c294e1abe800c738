import { VikingError } from '../errors/index.ts';
import type { Database } from './database.ts';
import { seal, tablePrefix, unseal } from './envelope.ts';
import { corrupt } from './level-errors.ts';

/** A table of its own, with a name no caller can give. */
const FORMAT_KEY = `${tablePrefix('!format')}version`;

/** Format of what is in the store; undefined when it does not say. @throws CORRUPT */
export async function readFormat(db: Database): Promise<number | undefined> {
  const sealed = await db.get(FORMAT_KEY);
  if (sealed === undefined) return undefined;
  const payload = unseal(FORMAT_KEY, sealed);
  if (payload === undefined) throw corrupt(db.location, 'its format fails its checksum');
  return Number(Buffer.from(payload).toString());
}

export async function writeFormat(db: Database, format: number): Promise<void> {
  await db.put(FORMAT_KEY, seal(FORMAT_KEY, Buffer.from(`${format}`)), { sync: true });
}

/** @throws FAILED_PRECONDITION when the store has another format than this version uses */
export function assertFormat(dir: string, found: number, format: number): void {
  if (found === format) return;
  const next = found > format ? 'or a newer one' : 'export from it, and import with this one';
  throw new VikingError(
    'FAILED_PRECONDITION',
    `${dir}: the store has format ${found}, this version uses ${format}`,
    {
      hint: `Run the version of vikingfs that wrote format ${found}, ${next}.`,
      details: { dir, found, format },
    },
  );
}
