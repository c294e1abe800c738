import { constants } from 'node:fs';
import { Readable } from 'node:stream';
import type { Checked, ContentFile } from './contract.ts';
import { openInside } from './read.ts';
import type { Tree } from './tree.ts';

const STREAM_BYTES = 256 * 1024;

/** @throws NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, INVALID_ARGUMENT */
export async function openFile(tree: Tree, path: string, checked: Checked = {}): Promise<ContentFile> {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const file = await openInside(tree, path, { flags: constants.O_RDONLY | constants.O_NONBLOCK, ...checked });
  const { size, mtimeMs, ctimeMs, ino } = await file.stat();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= file.close());
  return {
    size,
    mtimeMs,
    ctimeMs,
    ino,
    stream({ start, end } = { start: 0, end: size - 1 }) {
      if (end < start) {
        void close();
        return Readable.from([]);
      }
      // What is appended meanwhile belongs to the next reader: the size was promised.
      return file.createReadStream({ start, end, highWaterMark: STREAM_BYTES });
    },
    close,
  };
}
