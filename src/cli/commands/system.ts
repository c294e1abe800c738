import type { StatusResult } from '../../api/results.ts';
import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { leftText, statusText } from '../render/status.ts';
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
  async run(args, context) {
    const left = watchLeft(() => context.client.status());
    try {
      return await withProgress(left.text, context.client.wait(args.timeout));
    } finally {
      left.stop();
    }
  },
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

const LOOK_MS = 1_000;

/** What is still to be done, asked once a second; nothing is asked when there is no terminal to show it on. */
function watchLeft(ask: () => Promise<StatusResult>): { text(): string; stop(): void } {
  let text = 'waiting for index, layers and jobs';
  if (process.stderr.isTTY !== true) return { text: () => text, stop: () => undefined };
  const timer = setInterval(() => {
    ask().then(
      (status) => {
        text = leftText(status);
      },
      // The wait itself says what is wrong.
      () => undefined,
    );
  }, LOOK_MS);
  return { text: () => text, stop: () => clearInterval(timer) };
}
