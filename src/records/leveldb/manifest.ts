/**
 * Reads which files a LevelDB store is made of from its manifest: a log of version edits, each a list of tagged fields
 * (db/version_edit.cc of LevelDB).
 */
import { recordsBeforeDamage } from './log-format.ts';
import { ByteReader } from './varint.ts';

const COMPARATOR = 1;
const LOG_NUMBER = 2;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
/** Tags with one number: log, next file, last sequence, previous log. */
const NUMBERS: ReadonlySet<number> = new Set([2, 3, 4, 9]);

export interface Manifest {
  /** Number of the log the last edit names; undefined when none does. */
  readonly logNumber: number | undefined;
  /** Numbers of the tables that belong to the store. Others are what a compaction that was cut short left. */
  readonly tables: ReadonlySet<number>;
}

/** What the manifest says up to its first damage. */
export function readManifest(manifest: Buffer): Manifest {
  const tables = new Set<number>();
  let logNumber: number | undefined;
  try {
    for (const record of recordsBeforeDamage(manifest)) {
      const edit = new ByteReader(record);
      while (edit.left > 0) logNumber = readField(edit, tables) ?? logNumber;
    }
  } catch (error) {
    // An edit with a good checksum that is not one: LevelDB refuses it too.
    if (!(error instanceof RangeError)) throw error;
  }
  return { logNumber, tables };
}

/** Applies one field to `tables`; returns the log number when that is what it holds. */
function readField(edit: ByteReader, tables: Set<number>): number | undefined {
  const tag = edit.varint();
  if (NUMBERS.has(tag)) {
    const value = edit.varint();
    return tag === LOG_NUMBER ? value : undefined;
  }
  if (tag === COMPARATOR) {
    edit.sized();
  } else if (tag === COMPACT_POINTER) {
    edit.varint();
    edit.sized();
  } else if (tag === DELETED_FILE) {
    edit.varint();
    tables.delete(edit.varint());
  } else if (tag === NEW_FILE) {
    edit.varint();
    tables.add(edit.varint());
    // Size, smallest and largest key.
    edit.varint();
    edit.sized();
    edit.sized();
  } else {
    throw new RangeError('unknown field');
  }
  return undefined;
}
