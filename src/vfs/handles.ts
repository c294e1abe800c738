import type { ContentFile } from './content/content-file.ts';
import { systemError } from './fault.ts';
import type { OpenFile } from './node.ts';
import type { HandleId } from './vfs.ts';

export interface OpenHandle {
  readonly file: OpenFile;
  /** Path it was opened by. */
  readonly path: string;
}

/** Open files of one vfs by number. Numbers fit in 31 bits, because fuse-native carries no more. */
export interface Handles {
  add(handle: OpenHandle): HandleId;
  /** @throws EBADF */
  get(id: HandleId): OpenHandle;
  take(id: HandleId): OpenHandle | undefined;
  /** Open plain files follow a rename, so that what they write is reported where it is. */
  renamed(from: readonly string[], to: readonly string[]): void;
  readonly size: number;
  ids(): readonly HandleId[];
}

const LAST_ID = 2 ** 31 - 1;

export function createHandles(): Handles {
  const open = new Map<HandleId, OpenHandle>();
  let last = 0;

  return {
    add(handle) {
      do {
        last = last === LAST_ID ? 1 : last + 1;
      } while (open.has(last));
      open.set(last, handle);
      return last;
    },
    get(id) {
      const handle = open.get(id);
      if (handle === undefined) throw systemError('EBADF', `handle ${id}`);
      return handle;
    },
    take(id) {
      const handle = open.get(id);
      open.delete(id);
      return handle;
    },
    renamed(from, to) {
      for (const { file } of open.values()) {
        if (!isContentFile(file) || !startsWith(file.place.segments, from)) continue;
        file.place.segments = [...to, ...file.place.segments.slice(from.length)];
      }
    },
    get size() {
      return open.size;
    },
    ids: () => [...open.keys()],
  };
}

function isContentFile(file: OpenFile): file is ContentFile {
  return 'place' in file;
}

function startsWith(segments: readonly string[], prefix: readonly string[]): boolean {
  return prefix.length <= segments.length && prefix.every((segment, index) => segments[index] === segment);
}
