import type { StatusResult, TaskResult } from '../../../api/results.ts';
import type { VfsContext } from '../../context.ts';
import type { VfsNode } from '../../node.ts';
import { virtualFile } from '../../virtual-file.ts';

/** `.viking/jobs`: the waves that describe directories while there is any, then background work of the caller, newest first. */
export function jobsFile(context: VfsContext, path: string): VfsNode {
  return virtualFile(context, {
    path,
    async render() {
      const { system } = context.core;
      const [status, tasks] = await Promise.all([
        system.status(context.principal),
        system.tasks(context.principal, 100),
      ]);
      return Buffer.from([...waveLines(status), ...tasks.map(jobLine)].join(''));
    },
    whyReadOnly: 'jobs are reported, not written',
  });
}

/** The waves belong to nobody and have no id: `TIME running TYPE - N directories …`. */
function waveLines({ layers }: StatusResult): string[] {
  const now = new Date().toISOString();
  const lines: string[] = [];
  if (layers.pending > 0)
    lines.push(`${now} running layers - ${counted(layers.pending)} to be described from their text`);
  if (layers.awaiting_model > 0) {
    const blocked = layers.model_blocked === undefined ? '' : `: ${layers.model_blocked}`;
    const state = layers.model_blocked === undefined ? 'running' : 'pending';
    lines.push(
      `${now} ${state} model - ${counted(layers.awaiting_model)} to be described by the model${blocked.replace(/\s+/g, ' ')}`,
    );
  }
  return lines.map((line) => `${line}\n`);
}

function counted(directories: number): string {
  return directories === 1 ? '1 directory' : `${directories} directories`;
}

/** `UPDATED STATUS TYPE RESOURCE stage: error [id]`, one line. */
function jobLine(task: TaskResult): string {
  const error = task.error === null ? '' : `: ${task.error}`;
  const stage = task.stage === '' ? '' : ` ${task.stage}`;
  const line = `${task.updated_at_iso} ${task.status} ${task.task_type} ${task.resource_id}${stage}${error} [${task.task_id}]`;
  return `${line.replace(/\s+/g, ' ')}\n`;
}
