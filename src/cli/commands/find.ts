import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { LIST_OPTIONS, listedQuestion, QUESTION_OPTIONS } from '../question.ts';
import { hitList } from '../render/hits.ts';

export const find = defineCommand({
  name: 'find',
  summary: 'Find by meaning and by words',
  positionals: { query: { describe: 'The question', required: true, variadic: true } },
  options: { ...LIST_OPTIONS, ...QUESTION_OPTIONS },
  examples: [
    ['ov find how is a stale mount repaired', 'a question in plain words'],
    ['ov find "deadline exceeded" -u viking://resources/docs -n 3', 'three answers from one tree'],
  ],
  run: async (args, context) =>
    withProgress('searching', context.client.find(await listedQuestion(args, context))),
  render: (answer, style) => hitList(answer, style),
});
