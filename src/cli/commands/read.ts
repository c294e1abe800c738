import { defineCommand } from '../command.ts';

export const read = defineCommand({
  name: 'read',
  aliases: ['cat'],
  summary: 'Print a file',
  details: 'Without a range, the bytes are written as they are.',
  positionals: { uri: { describe: 'URI, or path inside a mount', required: true } },
  options: {
    offset: { type: 'number', describe: 'First line, counted from 0' },
    limit: { type: 'number', describe: 'Number of lines; -1 is the rest' },
  },
  examples: [
    ['ov read viking://resources/docs/guide.md', 'the whole file'],
    ['ov read viking://resources/docs/guide.md --offset 10 --limit 20', 'lines 11 to 30'],
  ],
  async run(args, context): Promise<string | Uint8Array> {
    const uri = await context.targets.uri(args.uri);
    const whole = args.offset === undefined && args.limit === undefined;
    if (whole && !context.json) return context.client.download(uri);
    return context.client.read(uri, { offset: args.offset, limit: args.limit });
  },
  render: (content) => content,
});
