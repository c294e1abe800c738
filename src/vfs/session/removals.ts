import type { Failures } from '../failures.ts';
import { notPermitted } from '../fault.ts';

/**
 * `rm -r` of a session unlinks every file before it removes the directory, and only the last step says what was meant.
 * So an unlink inside a session only hides the entry. When the session's directory is removed, the session goes; when
 * that does not follow, the entries are there again and `.viking/errors` says why. Nothing is destroyed half.
 */
export interface Removals {
  /** Hides an entry, named by its path inside the session. */
  hide(session: HiddenEntry): void;
  isHidden(id: string, inner: readonly string[]): boolean;
  /** The session is in use or gone: nothing of it is hidden any more. */
  clear(id: string): void;
  close(): void;
}

export interface HiddenEntry {
  readonly id: string;
  readonly inner: readonly string[];
  /** Mount path, for the text of the refusal. */
  readonly path: string;
}

/** How long the removal of the directory may follow the last unlink. */
const WAIT_MS = 5_000;

interface Hidden {
  readonly entries: Set<string>;
  timer: NodeJS.Timeout;
}

export function createRemovals(failures: Failures, waitMs: number = WAIT_MS): Removals {
  const sessions = new Map<string, Hidden>();

  function clear(id: string): void {
    clearTimeout(sessions.get(id)?.timer);
    sessions.delete(id);
  }

  function giveBack(id: string, path: string): void {
    clear(id);
    const error = notPermitted(
      path,
      'a session is removed as a whole, so what was removed of it is back',
      HINT,
    );
    failures.record({ op: 'unlink', path }, error);
  }

  return {
    hide({ id, inner, path }) {
      const before = sessions.get(id);
      clearTimeout(before?.timer);
      const timer = setTimeout(() => giveBack(id, path), waitMs);
      timer.unref();
      const entries = before?.entries ?? new Set<string>();
      entries.add(inner.join('/'));
      sessions.set(id, { entries, timer });
    },
    isHidden: (id, inner) => sessions.get(id)?.entries.has(inner.join('/')) === true,
    clear,
    close() {
      for (const id of [...sessions.keys()]) clear(id);
    },
  };
}

const HINT = 'Remove the session with: rm -r sessions/ID (or rmdir sessions/ID).';
