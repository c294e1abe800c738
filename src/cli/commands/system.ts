import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { statusText } from '../render/status.ts';
import { table } from '../render/table.ts';
import { clean, count } from '../render/text.ts';

export const status = defineCommand({
  name: 'status',
  summary: 'Show what the daemon does',
  positionals: {},
  options: {},
  examples: [['ov status', 'index, layers, jobs, mounts']],
  run: (_args, context) => context.client.status(),
  render: (result, style) => statusText(result, style),
});

export const wait = defineCommand({
  name: 'wait',
  summary: 'Wait until everything written is indexed and every job is done',
  positionals: {},
  options: { timeout: { type: 'number', describe: 'Most seconds' } },
  examples: [['ov wait --timeout 30', 'exit code 9 when it takes longer']],
  run: (args, context) =>
    withProgress('waiting for index, layers and jobs', context.client.wait(args.timeout)),
  render: (queues) =>
    table(
      Object.entries(queues).map(([name, queue]) => [
        clean(name),
        String(queue.processed),
        `${queue.error_count} failed`,
      ]),
      { right: [1] },
    ),
});

export const reindex = defineCommand({
  name: 'reindex',
  summary: 'Rebuild the index of a subtree from its content',
  positionals: { uri: { describe: 'URI, or path inside a mount (default viking://)' } },
  options: {},
  examples: [['ov reindex viking://resources/docs', 'returns when it is searchable']],
  async run(args, context) {
    const uri = await context.targets.uri(args.uri ?? 'viking://');
    return withProgress(`indexing ${uri}`, context.client.reindex(uri));
  },
  render: (result) =>
    `${clean(result.uri)}: ${count(result.documents, 'document')}, ${count(result.passages, 'passage')}`,
});
