import { lstat } from 'node:fs/promises';
import { S_IFREG, virtualAttr } from '../attributes.ts';
import type { VfsContext } from '../context.ts';
import { writes } from '../flags.ts';
import { jsonText } from '../magic/meta-file.ts';
import type { OpenFile, VfsNode } from '../node.ts';
import { readSnapshot, snapshotAttr } from '../virtual-file.ts';
import type { SessionPlace } from './session-node.ts';

/**
 * `.commit`: reading shows the last commit; bytes written to it commit the session once, when the file is closed.
 * Cutting it (`>` does that before the write) and touching it do nothing.
 */
export function commitFile(context: VfsContext, place: SessionPlace): VfsNode {
  const { core, principal, snapshots } = context;
  const { path, id } = place;
  const session = context.backingPath(place.segments.slice(0, -place.inner.length));

  async function render(): Promise<Buffer> {
    await lstat(session);
    const last = await core.sessions.lastCommit(principal, id);
    return jsonText(last ?? { session_id: id, status: 'none' });
  }
  const snapshot = () => snapshots.get(path, 100, render);

  return {
    path,
    attr: async () => snapshotAttr(path, await snapshot(), 0o644),
    async open(flags) {
      if (!writes(flags)) return readSnapshot(path, await snapshot(), 0o644);
      await lstat(session);
      return commitHandle(path, async () => {
        await core.sessions.commit(principal, id);
        snapshots.clear();
      });
    },
    truncate: async () => void (await lstat(session)),
    chmod: async () => undefined,
    utimens: async () => undefined,
    bytes: async () => (await snapshot()).bytes,
  };
}

function commitHandle(path: string, commit: () => Promise<void>): OpenFile {
  let asked = false;
  return {
    attr: async () => virtualAttr({ path, mode: S_IFREG | 0o644, mtimeNs: BigInt(Date.now()) * 1_000_000n }),
    read: async () => 0,
    async write(buffer) {
      if (buffer.length > 0) asked = true;
      return buffer.length;
    },
    truncate: async () => undefined,
    async flush() {
      // A shell closes copies of its descriptor: one write is one commit.
      if (!asked) return;
      asked = false;
      await commit();
    },
    sync: async () => undefined,
    release: async () => undefined,
  };
}
