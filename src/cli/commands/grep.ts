import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { matchList } from '../render/hits.ts';

export const grep = defineCommand({
  name: 'grep',
  summary: 'Search file text for a pattern (RE2 syntax)',
  positionals: { pattern: { describe: 'Regular expression', required: true } },
  options: {
    uri: { type: 'string', alias: 'u', describe: 'Search below this URI or path', default: 'viking://' },
    'exclude-uri': { type: 'string', alias: 'x', describe: 'Leave out what is below this URI or path' },
    'ignore-case': {
      type: 'boolean',
      alias: 'i',
      describe: 'Upper and lower case are the same',
      default: false,
    },
    'node-limit': { type: 'number', alias: 'n', describe: 'Most matches', default: 256 },
    'level-limit': { type: 'number', alias: 'L', describe: 'Most levels', default: 10 },
  },
  examples: [
    ['ov grep "TODO|FIXME" -u viking://resources/code', 'in one tree'],
    ['ov grep -i error -x viking://resources/logs', 'everywhere but there'],
  ],
  async run(args, context) {
    const exclude = args['exclude-uri'];
    return withProgress(
      'searching',
      context.client.grep({
        uri: await context.targets.uri(args.uri),
        pattern: args.pattern,
        exclude_uri: exclude === undefined ? undefined : await context.targets.uri(exclude),
        case_insensitive: args['ignore-case'],
        node_limit: args['node-limit'],
        level_limit: args['level-limit'],
      }),
    );
  },
  render: (result, style) => (result.match_count === 0 ? 'no match' : matchList(result, style)),
});
