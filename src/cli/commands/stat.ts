import { defineCommand } from '../command.ts';
import { pairs } from '../render/pairs.ts';

export const stat = defineCommand({
  name: 'stat',
  summary: 'Show what is known of an entry',
  positionals: { uri: { describe: 'URI, or path inside a mount', required: true } },
  options: {},
  examples: [['ov stat viking://resources/docs', 'size, time, number of entries, freshness of the layers']],
  run: async (args, context) => context.client.stat(await context.targets.uri(args.uri)),
  render: (result, style) => pairs({ ...result, mode: `0${(result.mode & 0o7777).toString(8)}` }, style),
});
