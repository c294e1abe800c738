import { VikingError } from '../../errors/index.ts';
import type { Attr, HandleId, Vfs } from '../../vfs/index.ts';

/**
 * libfuse 2 renames a file that is unlinked while open to `.fuse_hiddenXXXX` and unlinks that at the last close. Our
 * handles outlive their names, so the file is unlinked for real at once, and the hidden name is only remembered: it
 * never shows in a listing and never keeps a directory from being removed.
 */
export interface Unlinked {
  opened(handle: HandleId, path: string): void;
  closed(handle: HandleId): void;
  renamed(from: string, to: string): void;
  /** Whether `path` is one of libfuse's hidden names. */
  isHiddenName(path: string): boolean;
  /** Unlinks `path` and remembers it under libfuse's name. */
  hide(path: string, hidden: string): Promise<void>;
  /** A handle of the file behind a hidden name. */
  handleOf(hidden: string): HandleId | undefined;
  /** @throws ENOENT when no handle is open any more */
  attr(hidden: string): Promise<Attr>;
  forget(hidden: string): void;
}

const HIDDEN = /\/\.fuse_hidden[0-9a-f]{16}$/;

export function createUnlinked(vfs: Vfs): Unlinked {
  const paths = new Map<HandleId, string>();
  const hiddenNames = new Set<string>();

  function handleOf(hidden: string): HandleId | undefined {
    for (const [handle, path] of paths) if (path === hidden) return handle;
    return undefined;
  }

  return {
    opened: (handle, path) => void paths.set(handle, path),
    closed: (handle) => void paths.delete(handle),
    renamed(from, to) {
      for (const [handle, path] of paths) {
        if (path === from) paths.set(handle, to);
        else if (path.startsWith(`${from}/`)) paths.set(handle, to + path.slice(from.length));
      }
    },
    isHiddenName: (path) => HIDDEN.test(path),
    async hide(path, hidden) {
      await vfs.unlink(path);
      hiddenNames.add(hidden);
      for (const [handle, open] of paths) if (open === path) paths.set(handle, hidden);
    },
    handleOf: (hidden) => (hiddenNames.has(hidden) ? handleOf(hidden) : undefined),
    async attr(hidden) {
      const handle = hiddenNames.has(hidden) ? handleOf(hidden) : undefined;
      if (handle === undefined) throw new VikingError('NOT_FOUND', `${hidden}: no such entry`);
      return vfs.fgetattr(handle);
    },
    forget: (hidden) => void hiddenNames.delete(hidden),
  };
}
