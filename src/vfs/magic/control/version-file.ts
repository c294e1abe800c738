import type { VfsContext } from '../../context.ts';
import type { VfsNode } from '../../node.ts';
import { virtualFile } from '../../virtual-file.ts';

export function versionFile(context: VfsContext, path: string): VfsNode {
  return virtualFile(context, {
    path,
    render: async () => Buffer.from(`${context.core.version}\n`),
    whyReadOnly: 'the version is reported, not written',
  });
}
