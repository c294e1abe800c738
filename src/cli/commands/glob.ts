import { defineCommand } from '../command.ts';
import { clean } from '../render/text.ts';

export const glob = defineCommand({
  name: 'glob',
  summary: 'Find entries by name',
  positionals: { pattern: { describe: 'Pattern with * ? ** [] {}', required: true } },
  options: {
    uri: { type: 'string', alias: 'u', describe: 'Below this URI or path', default: 'viking://' },
    'node-limit': { type: 'number', alias: 'n', describe: 'Most entries', default: 256 },
  },
  examples: [['ov glob "**/*.md" -u viking://resources', 'every Markdown file']],
  run: async (args, context) =>
    context.client.glob({
      pattern: args.pattern,
      uri: await context.targets.uri(args.uri),
      node_limit: args['node-limit'],
    }),
  render: (result) => (result.count === 0 ? 'no match' : result.matches.map(clean).join('\n')),
});
