import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import type { Logger } from '../base/log.ts';
import type { ContentEntry, ContentStore } from '../content/contract.ts';
import { toVikingError } from '../errors/index.ts';
import { type FileText, fileNote, HEAD_BYTES, TAIL_BYTES, WHOLE_FILE_BYTES } from './file-note.ts';
import { bareNote, type FileNote } from './note.ts';
import { oneLine } from './text.ts';

export interface ReadNote {
  readonly note: FileNote;
  /** Of what was read of it; of the note itself where there was nothing to read. */
  readonly digest: string;
}

/** The note of an entry that is not a directory. Never throws: what cannot be read is named as such. */
export async function readNote(content: ContentStore, entry: ContentEntry, log: Logger): Promise<ReadNote> {
  const { name, path, kind } = entry;
  try {
    if (kind === 'symlink') {
      return bare(bareNote('link', name, `link to ${oneLine(await readlink(content.resolve(path)))}`));
    }
    // Opening a FIFO would wait for a writer.
    if (kind !== 'file') return bare(bareNote('special', name, 'not a regular file'));
    const file = await readFileText(content, entry);
    const hash = createHash('sha256').update(`${file.sizeBytes}\0`).update(file.head);
    if (file.tail !== undefined) hash.update(file.tail);
    return { note: fileNote(file), digest: shortDigest(hash) };
  } catch (error) {
    // A fault of ours must not pass for one of the file's.
    if (toVikingError(error).code === 'INTERNAL')
      log.error({ path, err: error }, 'a file could not be described');
    return bare(bareNote('unreadable', name, `cannot be read (${reasonOf(error)})`));
  }
}

/** A regular file, whole or its two ends. @throws what reading it throws */
export async function readFileText(
  content: ContentStore,
  { name, path, size }: ContentEntry,
): Promise<FileText> {
  if (size === 0) return { name, sizeBytes: 0, head: new Uint8Array() };
  if (size > WHOLE_FILE_BYTES) return { name, sizeBytes: size, ...(await readEnds(content, path, size)) };
  const head = await content.read(path, WHOLE_FILE_BYTES);
  return { name, sizeBytes: head.length, head };
}

function bare(note: FileNote): ReadNote {
  return { note, digest: shortDigest(createHash('sha256').update(JSON.stringify(note))) };
}

function shortDigest(hash: Hash): string {
  return hash.digest('base64url').slice(0, 22);
}

async function readEnds(
  content: ContentStore,
  path: string,
  size: number,
): Promise<{ head: Uint8Array; tail: Uint8Array }> {
  let file: FileHandle | undefined;
  try {
    file = await open(
      content.resolve(path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    const head = await readAt(file, 0, HEAD_BYTES);
    const tail = await readAt(file, Math.max(HEAD_BYTES, size - TAIL_BYTES), TAIL_BYTES);
    // The cut may be inside a line: begin the tail at the next one.
    return { head, tail: tail.subarray(tail.indexOf(10) + 1) };
  } finally {
    await file?.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Why, in a few words, without paths: a layer is read by people who know where they are. */
export function reasonOf(error: unknown): string {
  const { code } = toVikingError(error);
  if (code === 'PERMISSION_DENIED') return 'permission denied';
  if (code === 'NOT_FOUND') return 'not found';
  if (code === 'TOO_LARGE') return 'it grew while it was read';
  return code.toLowerCase().replaceAll('_', ' ');
}
