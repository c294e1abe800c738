import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';

const positionals = {
  uri: { describe: 'URI of a directory (for a file: its directory), or path inside a mount', required: true },
} as const;

const options = {
  wait: { type: 'boolean', describe: 'Wait until it is fresh and, with a chat model, in its words' },
  timeout: { type: 'number', describe: 'Most seconds to wait (60)' },
} as const;

interface Waiting {
  readonly wait?: boolean | undefined;
  readonly timeout?: number | undefined;
}

export const abstract = defineCommand({
  name: 'abstract',
  summary: 'Print the abstract of a directory (L0, at most 256 characters)',
  positionals,
  options,
  examples: [['ov abstract viking://resources/docs', 'what it is, in one paragraph']],
  run: async (args, context) => {
    const uri = await context.targets.uri(args.uri);
    return withProgress(`waiting for ${uri}`, context.client.abstract(uri, requestOf(args)));
  },
  render: (text) => text,
});

export const overview = defineCommand({
  name: 'overview',
  summary: 'Print the overview of a directory (L1, at most 4000 characters)',
  positionals,
  options,
  examples: [
    ['ov overview viking://resources/docs', 'what is in it, and where to look'],
    [
      'ov overview viking://resources/docs --wait',
      'the same, not before it is fresh; exit code 9 when it takes longer',
    ],
  ],
  run: async (args, context) => {
    const uri = await context.targets.uri(args.uri);
    return withProgress(`waiting for ${uri}`, context.client.overview(uri, requestOf(args)));
  },
  render: (text) => text,
});

function requestOf({ wait, timeout }: Waiting): { wait?: true; timeout?: number | undefined } {
  return wait === true || timeout !== undefined ? { wait: true, timeout } : {};
}
