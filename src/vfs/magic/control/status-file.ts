import type { VfsContext } from '../../context.ts';
import type { VfsNode } from '../../node.ts';
import { virtualFile } from '../../virtual-file.ts';
import { jsonText } from '../meta-file.ts';

/** `.viking/status`: what `ov status --json` answers. */
export function statusFile(context: VfsContext, path: string): VfsNode {
  return virtualFile(context, {
    path,
    render: async () => jsonText(await context.core.system.status(context.principal)),
    whyReadOnly: 'the status is reported, not written',
  });
}
