import { VikingError } from '../../errors/index.ts';
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
    after: { type: 'string', alias: 'since', describe: 'Changed since: 2d, 2026-01-31 or ISO-8601' },
    before: { type: 'string', alias: 'until', describe: 'Changed until' },
    level: { type: 'string', alias: 'L', describe: '2 files (default), 0 and 1 directories; 0,2 for both' },
    tags: { type: 'strings', describe: 'Only with this tag (may be repeated)' },
    filter: { type: 'string', describe: 'Condition as JSON, see docs/retrieval.md' },
    'per-entry': { type: 'number', describe: 'Most answers from one file' },
    explain: { type: 'boolean', describe: 'Show the way through the directories', default: false },
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
        since: args.after,
        until: args.before,
        level: args.level,
        tags: args.tags,
        filter: args.filter === undefined ? undefined : jsonObject(args.filter),
        per_entry: args['per-entry'],
        include_provenance: args.explain,
      }),
    );
  },
  render: (answer, style) => hitList(answer, style),
});

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, for both.
  }
  throw new VikingError('INVALID_ARGUMENT', '--filter is not a JSON object', {
    hint: `For example: --filter '{"op":"prefix","field":"name","prefix":"2026-"}'`,
  });
}
