import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { fileKind, KIND_HEAD_BYTES, type TextKind } from '../base/text/file-kind.ts';
import { type DocumentRecord, stampOf } from './catalogue.ts';
import { type GrownFiles, readBytes } from './grown-files.ts';
import type { Passage } from './passages/passage.ts';
import { passagesOf } from './passages/split.ts';

/** Text beyond this is not indexed; the document says so. */
const TEXT_MAX_BYTES = 1024 * 1024;
/** Of a lock file or minified code the beginning is enough to find it by. */
const GENERATED_MAX_BYTES = 64 * 1024;
/**
 * A file changed this shortly before it was read may change again within the clock's tick and keep its times: its
 * stamp is not to be trusted (git's "racily clean").
 */
export const RACY_MS = 50;
const UNTRUSTED = -1;

export interface FreshDocument {
  readonly stamp: DocumentRecord['stamp'];
  readonly kind: TextKind;
  readonly passages: readonly Passage[];
  readonly note?: string;
}

/** Appended to a line at a time: only what was added is read. */
const GROWING_NAME = 'messages.jsonl';

/**
 * Reads a regular file and cuts it into passages. Synchronous: the index has a thread of its own, and a file is read
 * and cut in a few milliseconds. Follows no symlink and never blocks on a pipe.
 * @throws the errors of open and read
 */
export function readDocument(
  absolutePath: string,
  name: string,
  grown: GrownFiles,
): FreshDocument | undefined {
  const file = openSync(absolutePath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) return undefined;
    const stamp = trustedStamp(found);
    const isGrowing = name === GROWING_NAME;
    const start = isGrowing
      ? grown.read(file, absolutePath, found, TEXT_MAX_BYTES)
      : readBytes(file, 0, Math.min(found.size, KIND_HEAD_BYTES));
    const head = start.subarray(0, KIND_HEAD_BYTES);
    const { kind, generated } = fileKind(name, head);
    if (kind === 'binary') return { stamp, kind, passages: [] };
    const limit = generated ? GENERATED_MAX_BYTES : TEXT_MAX_BYTES;
    const rest = readBytes(file, start.length, Math.min(found.size, limit) - start.length);
    const text = decode(Buffer.concat([start.subarray(0, limit), rest]), found.size > limit);
    const passages = passagesOf(text, kind, name);
    if (found.size <= limit) return { stamp, kind, passages };
    return { stamp, kind, passages, note: `only the first ${limit} of ${found.size} bytes are indexed` };
  } finally {
    closeSync(file);
  }
}

function trustedStamp(found: Stats): DocumentRecord['stamp'] {
  const [size, ...rest] = stampOf(found);
  const changed = Math.max(found.mtimeMs, found.ctimeMs);
  return [Date.now() - changed < RACY_MS ? UNTRUSTED : size, ...rest];
}

/** Bytes that are not UTF-8 become U+FFFD; of a text cut off, the last, broken line goes. */
function decode(bytes: Buffer, isCut: boolean): string {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const end = isCut ? text.lastIndexOf('\n') : -1;
  return end > 0 ? text.slice(0, end + 1) : text;
}
