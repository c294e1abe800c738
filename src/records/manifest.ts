/**
 * Reads the one fact we need from a LevelDB manifest: a log of version edits, each a list of tagged fields
 * (db/version_edit.cc of LevelDB).
 */
import { logRecords } from './log-format.ts';

const COMPARATOR = 1;
const LOG_NUMBER = 2;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
/** Tags with one number: log, next file, last sequence, previous log. */
const NUMBERS: ReadonlySet<number> = new Set([2, 3, 4, 9]);

/** Number of the log the last whole edit names; undefined when none does. */
export function manifestLogNumber(manifest: Buffer): number | undefined {
  let found: number | undefined;
  for (const edit of logRecords(manifest)) found = logNumberOf(edit) ?? found;
  return found;
}

function logNumberOf(edit: Buffer): number | undefined {
  let at = 0;
  let found: number | undefined;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < edit.length; scale *= 128) {
      const byte = edit[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  };
  const skipBytes = (): void => {
    const length = varint();
    at += length;
  };
  while (at < edit.length) {
    const tag = varint();
    if (NUMBERS.has(tag)) {
      const value = varint();
      if (tag === LOG_NUMBER) found = value;
    } else if (tag === COMPARATOR) {
      skipBytes();
    } else if (tag === COMPACT_POINTER) {
      varint();
      skipBytes();
    } else if (tag === DELETED_FILE) {
      varint();
      varint();
    } else if (tag === NEW_FILE) {
      // Level, number and size of the table, then its smallest and largest key.
      for (let field = 0; field < 3; field += 1) varint();
      skipBytes();
      skipBytes();
    } else {
      return found;
    }
  }
  return found;
}
