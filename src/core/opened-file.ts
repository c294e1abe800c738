import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ContentFile } from '../content/contract.ts';
import type { OpenedFile } from './core.ts';

/** A plain file. Its stamp is its tag: a change within one timestamp tick that keeps the size keeps the tag as well. */
export function openedContent(file: ContentFile): OpenedFile {
  const { size, mtimeMs, ctimeMs, ino } = file;
  return {
    sizeBytes: size,
    mtimeMs,
    etag: [ino, size, Math.round(mtimeMs * 1_000), Math.round(ctimeMs * 1_000)]
      .map((part) => part.toString(36))
      .join('-'),
    stream: (range) => file.stream(range),
    close: () => file.close(),
  };
}

/** A generated text. */
export function openedText(text: string, mtimeMs: number): OpenedFile {
  const bytes = Buffer.from(text);
  return {
    sizeBytes: bytes.length,
    mtimeMs,
    etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
    stream: ({ start, end } = { start: 0, end: bytes.length - 1 }) =>
      Readable.from([bytes.subarray(start, end + 1)]),
    close: async () => undefined,
  };
}
