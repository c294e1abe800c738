import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { hitList } from '../render/hits.ts';

export const find = defineCommand({
  name: 'find',
  summary: 'Find by meaning and by words',
  positionals: { query: { describe: 'The question', required: true, variadic: true } },
  options: {
    uri: { type: 'strings', alias: 'u', describe: 'Search below this URI or path (may be repeated)' },
    'node-limit': { type: 'number', alias: ['n', 'limit'], describe: 'Most answers', default: 10 },
    threshold: { type: 'number', alias: 't', describe: 'Lowest score' },
    'context-type': {
      type: 'strings',
      describe: 'Kind of answer (may be repeated)',
      choices: ['memory', 'resource', 'skill'],
    },
  },
  examples: [
    ['ov find how is a stale mount repaired', 'a question in plain words'],
    ['ov find "deadline exceeded" -u viking://resources/docs -n 3', 'three answers from one tree'],
  ],
  async run(args, context) {
    const uris = await context.targets.uris(args.uri ?? []);
    return withProgress(
      'searching',
      context.client.find({
        query: args.query.join(' '),
        target_uri: uris,
        context_type: args['context-type'],
        limit: args['node-limit'],
        score_threshold: args.threshold,
      }),
    );
  },
  render: (answer, style) => hitList(answer, style),
});
