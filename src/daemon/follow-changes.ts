import type { Core } from '../core/index.ts';
import type { DriverSession } from '../mount/index.ts';
import type { Vfs } from '../vfs/index.ts';

/** Tells a mount what changes around it, for as long as it lives. Returns how to stop. */
export function followChanges(core: Core, vfs: Vfs, session: DriverSession): () => void {
  return core.onContentChange(({ account, uri, isShown }) => {
    const path = vfs.pathOf(account, uri);
    if (path === undefined) return;
    if (isShown) session.stale(path);
    else session.invalidate(path);
  });
}
