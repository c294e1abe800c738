import { withDeadline } from '../base/deadline.ts';
import { decorate } from './decorate.ts';
import type { HandleId, Vfs } from './vfs.ts';

/**
 * The same vfs, each operation answered within `timeoutMs` (ETIMEDOUT). The operation itself goes on; a file that is
 * opened too late is closed again.
 */
export function withDeadlines(vfs: Vfs, timeoutMs: number): Vfs {
  return decorate(vfs, (op, on, work) => {
    const running = work();
    const what = typeof on === 'string' ? `${on}: ${op}` : op;
    return withDeadline(running, timeoutMs, what).catch((error: unknown) => {
      if (op === 'open' || op === 'create')
        closeWhenLate(vfs, running as Promise<unknown> as Promise<HandleId>, error);
      throw error;
    });
  });
}

function closeWhenLate(vfs: Vfs, running: Promise<HandleId>, error: unknown): void {
  running.then(
    (handle) => vfs.release(handle),
    // It failed by itself: `error` is that failure, or the deadline came first; either way nothing is open.
    () => void error,
  );
}
