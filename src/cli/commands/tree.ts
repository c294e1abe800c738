import { defineCommand } from '../command.ts';
import { entryTree } from '../render/entries.ts';

export const tree = defineCommand({
  name: 'tree',
  summary: 'Show a directory as a tree',
  positionals: { uri: { describe: 'URI, or path inside a mount (default viking://)' } },
  options: {
    'abs-limit': { type: 'number', alias: 'l', describe: 'Most characters of an abstract', default: 128 },
    all: { type: 'boolean', alias: 'a', describe: 'Names that begin with a dot, too', default: false },
    'node-limit': { type: 'number', alias: 'n', describe: 'Most entries', default: 256 },
    'level-limit': { type: 'number', alias: 'L', describe: 'Most levels', default: 3 },
  },
  examples: [
    ['ov tree', 'three levels of everything'],
    ['ov tree viking://resources/docs -L 5', 'five levels of one tree'],
  ],
  run: async (args, context) =>
    context.client.tree(await context.targets.uri(args.uri ?? 'viking://'), {
      abs_limit: args['abs-limit'],
      show_all_hidden: args.all,
      node_limit: args['node-limit'],
      level_limit: args['level-limit'],
    }),
  render: (entries, style) => entryTree(entries, style),
});
