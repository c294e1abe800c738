import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VikingError } from '../../errors/index.ts';
import type { Attr, HandleId, Vfs } from '../../vfs/index.ts';

/**
 * libfuse 2 renames a file that is unlinked, or renamed over, while open to `.fuse_hiddenXXXX` and unlinks that at the
 * last close. Our handles outlive their names, so the file is unlinked for real, and the hidden name is only
 * remembered: it never shows in a listing and never keeps a directory from being removed.
 */
export interface Unlinked {
  opened(handle: HandleId, path: string): void;
  closed(handle: HandleId): void;
  renamed(from: string, to: string): void;
  /** Whether `path` is one of libfuse's hidden names. */
  isHiddenName(path: string): boolean;
  /** What libfuse means by renaming `path` to a hidden name. */
  hide(path: string, hidden: string): Promise<void>;
  /** Resolves when it is decided whether an entry at or below `path` is unlinked or replaced. */
  decided(path: string): Promise<void>;
  /**
   * A rename onto `path` begins. When it follows a hiding it replaces the file itself, so that the name is never
   * missing; others wait until the returned function is called.
   */
  replacing(path: string): () => void;
  /** A handle of the file behind a hidden name. */
  handleOf(hidden: string): HandleId | undefined;
  /** @throws ENOENT for a name that hides nothing, ESTALE when no handle is open any more */
  attr(hidden: string): Promise<Attr>;
  forget(hidden: string): void;
}

export interface UnlinkedOptions {
  readonly vfs: Vfs;
  /** An unlink that was already answered failed. */
  onError(path: string, error: unknown): void;
}

const HIDDEN = /\/\.fuse_hidden[0-9a-f]{16}$/;

/**
 * How long a rename over the hidden name may take to follow: libfuse asks for it in the same thread at once. When it
 * does not come the hiding was an unlink.
 */
const FOLLOWS_MS = 10;

interface Deciding {
  readonly done: Promise<void>;
  end(): void;
  readonly timer: NodeJS.Timeout;
}

export function createUnlinked({ vfs, onError }: UnlinkedOptions): Unlinked {
  const paths = new Map<HandleId, string>();
  const hiddenNames = new Set<string>();
  const deciding = new Map<string, Deciding>();

  function handleOf(hidden: string): HandleId | undefined {
    if (!hiddenNames.has(hidden)) return undefined;
    for (const [handle, path] of paths) if (path === hidden) return handle;
    return undefined;
  }

  function decideLater(path: string): void {
    let end!: () => void;
    const done = new Promise<void>((resolve) => {
      end = resolve;
    });
    const timer = setTimeout(() => {
      vfs
        .unlink(path)
        .catch((error: unknown) => onError(path, error))
        .then(() => {
          deciding.delete(path);
          end();
        });
    }, FOLLOWS_MS);
    deciding.set(path, { done, end, timer });
  }

  /** Only where an unlink cannot well be refused: its answer is given before it is done. */
  async function canDefer(path: string): Promise<boolean> {
    const backing = vfs.backing(path);
    if (backing.kind !== 'content') return false;
    return access(dirname(backing.path), constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
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
      if (await canDefer(path)) decideLater(path);
      else await vfs.unlink(path);
      hiddenNames.add(hidden);
      for (const [handle, open] of paths) if (open === path) paths.set(handle, hidden);
    },
    async decided(path) {
      const below = path === '/' ? '/' : `${path}/`;
      for (const [pending, { done }] of deciding) {
        if (pending === path || pending.startsWith(below)) await done;
      }
    },
    replacing(path) {
      const found = deciding.get(path);
      if (found === undefined) return () => undefined;
      clearTimeout(found.timer);
      return () => {
        if (deciding.get(path) === found) deciding.delete(path);
        found.end();
      };
    },
    handleOf,
    async attr(hidden) {
      const handle = handleOf(hidden);
      if (handle !== undefined) return vfs.fgetattr(handle);
      if (hiddenNames.has(hidden)) throw stale(hidden);
      throw new VikingError('NOT_FOUND', `${hidden}: no such entry`);
    },
    forget: (hidden) => void hiddenNames.delete(hidden),
  };
}

/** The kernel knows a name for a file that has just lost it: ESTALE makes it look the name up again. */
export function stale(path: string): Error {
  return Object.assign(new Error(`ESTALE: ${path}`), { code: 'ESTALE' });
}
