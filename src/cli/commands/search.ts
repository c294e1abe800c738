import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { LIST_OPTIONS, listedQuestion, QUESTION_OPTIONS, questionOf, SESSION_OPTION } from '../question.ts';
import { hitList, planLines } from '../render/hits.ts';

const query = { describe: 'The question', required: true, variadic: true } as const;

export const search = defineCommand({
  name: 'search',
  summary: 'Find what a question means in a session',
  positionals: { query },
  options: { ...SESSION_OPTION, ...LIST_OPTIONS, ...QUESTION_OPTIONS },
  examples: [['ov search -s standup how is it repaired', '"it" is what the session spoke of']],
  run: async (args, context) =>
    withProgress(
      'searching',
      context.client.search({ ...(await listedQuestion(args, context)), session_id: args.session }),
    ),
  render: (answer, style) => [...planLines(answer, style), hitList(answer, style)].join('\n'),
});

export const context = defineCommand({
  name: 'context',
  summary: 'Print what is known about a question, within a budget of tokens',
  positionals: { query },
  options: {
    ...SESSION_OPTION,
    'max-tokens': { type: 'number', alias: 'm', describe: 'Most tokens', default: 1_600 },
    purpose: { type: 'string', describe: 'Which kinds come first', choices: ['chat', 'coding'] },
    detail: {
      type: 'string',
      describe: 'Most detail of an entry',
      choices: ['auto', 'abstract', 'overview', 'full'],
    },
    exclude: { type: 'strings', alias: 'x', describe: 'Leave out this URI or path (may be repeated)' },
    ...QUESTION_OPTIONS,
  },
  examples: [['ov context --max-tokens 4000 how do we deploy', 'a block of text to give to a model']],
  run: async (args, { client, targets }) =>
    withProgress(
      'searching',
      client.context({
        ...questionOf(args),
        session_id: args.session,
        max_tokens: args['max-tokens'],
        purpose: args.purpose,
        detail: args.detail,
        exclude_uris: args.exclude === undefined ? undefined : await targets.uris(args.exclude),
      }),
    ),
  render: ({ rendered }) => (rendered === '' ? '' : `${rendered}\n`),
});
