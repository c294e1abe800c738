import type { RecordedError } from '../../../api/results.ts';
import type { VfsContext } from '../../context.ts';
import type { VfsNode } from '../../node.ts';
import { virtualFile } from '../../virtual-file.ts';

/** `.viking/errors`: the last failures with the text that an errno has no room for, oldest first. */
export function errorsFile(context: VfsContext, path: string): VfsNode {
  return virtualFile(context, {
    path,
    // The reason of a failure is looked up right after it.
    ttlMs: 0,
    render: async () => Buffer.from(context.core.journal.errors(context.principal).map(errorLine).join('')),
    whyReadOnly: 'errors are recorded, not written',
  });
}

/** `TIME ERRNO op path: message (hint) [pid N]`, one line. */
function errorLine(error: RecordedError): string {
  const message = error.message.startsWith(error.path) ? error.message : `${error.path}: ${error.message}`;
  const hint = error.hint === undefined ? '' : ` (${error.hint})`;
  const pid = error.pid === undefined ? '' : ` [pid ${error.pid}]`;
  return `${`${error.time} ${error.errno} ${error.op} ${message}${hint}${pid}`.replace(/\s+/g, ' ')}\n`;
}
