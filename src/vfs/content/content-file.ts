import type { FileHandle } from 'node:fs/promises';
import { attrOf } from '../attributes.ts';
import type { OpenFile } from '../node.ts';

/** How long a writer that does not close keeps its changes from the index. */
const PAUSE_MS = 1_000;

/** Where an open plain file is now: renames move it. */
export interface ContentPlace {
  segments: readonly string[];
}

export interface ContentFile extends OpenFile {
  readonly place: ContentPlace;
}

export interface ContentFileOptions {
  readonly handle: FileHandle;
  readonly place: ContentPlace;
  /** Called after writes: at close, at fsync, and after a pause. */
  changed(segments: readonly string[]): void;
  /** The file is new or was cut by opening it. */
  readonly dirty: boolean;
}

/** An open plain file: every operation goes to its own descriptor, so it outlives rename and unlink. */
export function contentFile(options: ContentFileOptions): ContentFile {
  const { handle, place } = options;
  let dirty = options.dirty;
  let timer: NodeJS.Timeout | undefined;

  function report(): void {
    clearTimeout(timer);
    timer = undefined;
    if (!dirty) return;
    dirty = false;
    options.changed(place.segments);
  }

  function touched(): void {
    dirty = true;
    timer ??= setTimeout(report, PAUSE_MS).unref();
  }

  return {
    place,
    attr: async () => attrOf(await handle.stat({ bigint: true })),
    async read(buffer, position) {
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    async write(buffer, position) {
      let written = 0;
      while (written < buffer.length) {
        const { bytesWritten } = await handle.write(
          buffer,
          written,
          buffer.length - written,
          position + written,
        );
        written += bytesWritten;
      }
      touched();
      return written;
    },
    async truncate(size) {
      await handle.truncate(size);
      touched();
    },
    flush: async () => report(),
    async sync(dataOnly) {
      await (dataOnly ? handle.datasync() : handle.sync());
      report();
    },
    async release() {
      report();
      await handle.close();
    },
  };
}
