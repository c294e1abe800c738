import { S_IFREG, virtualAttr } from '../../attributes.ts';
import type { VfsContext } from '../../context.ts';
import { refused } from '../../fault.ts';
import { writes } from '../../flags.ts';
import type { VfsNode } from '../../node.ts';
import { copyFrom } from '../../virtual-file.ts';

/** `.viking/events`: what happened, one line each; an open file sees the lines that come later. */
export function eventsFile(context: VfsContext, path: string): VfsNode {
  const { events } = context;
  const refuse = () => refused(path, 'events are recorded, not written');
  const attr = async () =>
    virtualAttr({ path, mode: S_IFREG | 0o444, size: events.bytes().length, mtimeNs: events.mtimeNs });
  return {
    path,
    attr,
    async open(flags) {
      if (writes(flags)) throw refuse();
      return {
        attr,
        read: async (buffer, position) => copyFrom(events.bytes(), buffer, position),
        write: () => Promise.reject(refuse()),
        truncate: () => Promise.reject(refuse()),
        flush: async () => undefined,
        sync: async () => undefined,
        release: async () => undefined,
      };
    },
    truncate: () => Promise.reject(refuse()),
    unlink: () => Promise.reject(refuse()),
  };
}
