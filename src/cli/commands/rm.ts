import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { clean, count } from '../render/text.ts';

export const rm = defineCommand({
  name: 'rm',
  aliases: ['del', 'delete'],
  summary: 'Remove a file or directory; a missing one is fine',
  positionals: { uri: { describe: 'URI, or path inside a mount', required: true } },
  options: {
    recursive: { type: 'boolean', alias: 'r', describe: 'A directory with everything in it', default: false },
    wait: { type: 'boolean', alias: 'w', describe: 'Wait until it is out of the index', default: false },
    timeout: { type: 'number', describe: 'Most seconds to wait' },
  },
  examples: [
    ['ov rm viking://resources/notes/today.md', 'one file'],
    ['ov rm -r viking://resources/old', 'a whole tree'],
  ],
  async run(args, context) {
    const uri = await context.targets.uri(args.uri);
    const { recursive, wait, timeout } = args;
    return withProgress(`removing ${uri}`, context.client.remove(uri, { recursive, wait, timeout }));
  },
  render: (result) =>
    `${clean(result.uri)}: ${count(result.estimated_deleted_count, 'entry', 'entries')} removed`,
});
