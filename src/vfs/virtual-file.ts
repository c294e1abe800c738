import { S_IFREG, virtualAttr } from './attributes.ts';
import type { VfsContext } from './context.ts';
import { refused } from './fault.ts';
import { writes } from './flags.ts';
import type { OpenFile, VfsNode } from './node.ts';
import type { Snapshot, Snapshots, StayingText } from './snapshots.ts';

/** How long a rendered text is served again: `ls -l` and the `cat` after it see one text. */
const TTL_MS = 250;

export interface VirtualFileOptions {
  readonly path: string;
  /** Makes the text. @throws ENOENT when there is no such file */
  render(): Promise<Buffer | StayingText>;
  /** Why it cannot be written, and what to do instead. */
  readonly whyReadOnly: string;
  readonly hint?: string;
  readonly ttlMs?: number;
  /** Where the text is kept; default with all others of the mount. */
  readonly snapshots?: Snapshots;
}

/** A generated file that can only be read. An open file keeps the text it was opened with. */
export function virtualFile(context: VfsContext, options: VirtualFileOptions): VfsNode {
  const snapshots = options.snapshots ?? context.snapshots;
  const snapshot = () => snapshots.get(options.path, options.ttlMs ?? TTL_MS, options.render);
  const refuse = () => refused(options.path, options.whyReadOnly, options.hint);
  return {
    path: options.path,
    attr: async () => snapshotAttr(options.path, await snapshot(), 0o444),
    async open(flags) {
      if (writes(flags)) throw refuse();
      return readSnapshot(options.path, await snapshot(), 0o444);
    },
    bytes: async () => (await snapshot()).bytes,
    truncate: () => Promise.reject(refuse()),
    unlink: () => Promise.reject(refuse()),
  };
}

export function snapshotAttr(path: string, snapshot: Snapshot, permissions: number) {
  const attr = virtualAttr({
    path,
    mode: S_IFREG | permissions,
    size: snapshot.bytes.length,
    mtimeNs: snapshot.mtimeNs,
  });
  return snapshot.stays === true ? { ...attr, stays: true as const } : attr;
}

/** An open file over bytes that do not change. */
export function readSnapshot(path: string, snapshot: Snapshot, permissions: number): OpenFile {
  return {
    attr: async () => snapshotAttr(path, snapshot, permissions),
    read: async (buffer, position) => copyFrom(snapshot.bytes, buffer, position),
    write: () => Promise.reject(refused(path, 'opened for reading')),
    truncate: () => Promise.reject(refused(path, 'opened for reading')),
    flush: async () => undefined,
    sync: async () => undefined,
    release: async () => undefined,
  };
}

export function copyFrom(bytes: Buffer, buffer: Uint8Array, position: number): number {
  if (position >= bytes.length) return 0;
  return bytes.copy(buffer, 0, position, position + buffer.length);
}
