import { defineCommand } from '../command.ts';
import { clean } from '../render/text.ts';

export const mv = defineCommand({
  name: 'mv',
  aliases: ['rename'],
  summary: 'Move or rename a file or directory',
  positionals: {
    from: { describe: 'URI, or path inside a mount', required: true },
    to: { describe: 'New URI or path', required: true },
  },
  options: {},
  examples: [['ov mv viking://resources/a.md viking://resources/notes/a.md', 'into another directory']],
  run: async (args, context) =>
    context.client.move(await context.targets.uri(args.from), await context.targets.uri(args.to)),
  render: (result) => `${clean(result.from)} -> ${clean(result.to)}`,
});
