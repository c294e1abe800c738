import type { TaskResult } from '../../api/results.ts';
import { defineCommand } from '../command.ts';
import { pairs } from '../render/pairs.ts';
import type { Style } from '../render/style.ts';
import { table } from '../render/table.ts';
import { clean, localTime } from '../render/text.ts';

export const taskList = defineCommand({
  name: 'task list',
  aliases: ['ls'],
  summary: 'List background work, newest first',
  positionals: {},
  options: {
    'task-type': { type: 'string', describe: 'Only this kind' },
    status: {
      type: 'string',
      describe: 'Only in this state',
      choices: ['pending', 'running', 'completed', 'failed', 'cancelled'],
    },
    'resource-id': { type: 'string', describe: 'Only on this session or URI' },
    limit: { type: 'number', alias: 'n', describe: 'Most tasks', default: 50 },
  },
  examples: [['ov task list --status failed', 'what went wrong']],
  run: (args, context) =>
    context.client.tasks({
      task_type: args['task-type'],
      status: args.status,
      resource_id: args['resource-id'],
      limit: args.limit,
    }),
  render: (tasks, style) => (tasks.length === 0 ? '(none)' : table(tasks.map((task) => row(task, style)))),
});

export const taskStatus = defineCommand({
  name: 'task status',
  aliases: ['get'],
  summary: 'Show one task',
  positionals: { id: { describe: 'Task id', required: true } },
  options: {},
  examples: [['ov task status job_5f0c', 'state, step, result or error']],
  run: (args, context) => context.client.task(args.id),
  render: (task, style) => pairs({ ...task }, style),
});

export const taskCancel = defineCommand({
  name: 'task cancel',
  summary: 'Cancel a task that has not begun',
  positionals: { id: { describe: 'Task id', required: true } },
  options: {},
  examples: [['ov task cancel job_5f0c', 'one that runs is refused']],
  run: (args, context) => context.client.cancelTask(args.id),
  render: (task) => `${clean(task.task_id)}: ${clean(task.status)}`,
});

function row(task: TaskResult, style: Style): string[] {
  const state = task.status === 'failed' ? style.paint('red', task.status) : task.status;
  return [
    clean(task.task_id),
    clean(task.task_type),
    state,
    localTime(task.updated_at_iso),
    clean(task.resource_id),
    clean(task.error ?? task.stage),
  ];
}
