import { defineCommand } from '../command.ts';
import { clean } from '../render/text.ts';

export const mkdir = defineCommand({
  name: 'mkdir',
  summary: 'Create a directory, and the missing ones above it',
  positionals: { uri: { describe: 'URI, or path inside a mount', required: true } },
  options: { description: { type: 'string', describe: 'What it is for: becomes its abstract' } },
  examples: [
    [
      'ov mkdir viking://resources/papers --description "Papers on retrieval"',
      'a directory that explains itself',
    ],
  ],
  run: async (args, context) => context.client.mkdir(await context.targets.uri(args.uri), args.description),
  render: (result) => clean(result.uri),
});
