import { defineCommand } from '../command.ts';

const positionals = {
  uri: { describe: 'URI of a directory (for a file: its directory), or path inside a mount', required: true },
} as const;

export const abstract = defineCommand({
  name: 'abstract',
  summary: 'Print the abstract of a directory (L0, at most 256 characters)',
  positionals,
  options: {},
  examples: [['ov abstract viking://resources/docs', 'what it is, in one paragraph']],
  run: async (args, context) => context.client.abstract(await context.targets.uri(args.uri)),
  render: (text) => text,
});

export const overview = defineCommand({
  name: 'overview',
  summary: 'Print the overview of a directory (L1, at most 4000 characters)',
  positionals,
  options: {},
  examples: [['ov overview viking://resources/docs', 'what is in it, and where to look']],
  run: async (args, context) => context.client.overview(await context.targets.uri(args.uri)),
  render: (text) => text,
});
