import type { TaskResult } from '../../../api/results.ts';
import type { VfsContext } from '../../context.ts';
import type { VfsNode } from '../../node.ts';
import { virtualFile } from '../../virtual-file.ts';

/** `.viking/jobs`: background work of the caller, newest first. */
export function jobsFile(context: VfsContext, path: string): VfsNode {
  return virtualFile(context, {
    path,
    async render() {
      const tasks = await context.core.system.tasks(context.principal, 100);
      return Buffer.from(tasks.map(jobLine).join(''));
    },
    whyReadOnly: 'jobs are reported, not written',
  });
}

/** `UPDATED STATUS TYPE RESOURCE stage: error [id]`, one line. */
function jobLine(task: TaskResult): string {
  const error = task.error === null ? '' : `: ${task.error}`;
  const stage = task.stage === '' ? '' : ` ${task.stage}`;
  const line = `${task.updated_at_iso} ${task.status} ${task.task_type} ${task.resource_id}${stage}${error} [${task.task_id}]`;
  return `${line.replace(/\s+/g, ' ')}\n`;
}
