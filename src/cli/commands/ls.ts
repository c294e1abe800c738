import type { ListEntry } from '../../client/index.ts';
import { defineCommand } from '../command.ts';
import { entryTable, entryTree } from '../render/entries.ts';
import { clean } from '../render/text.ts';

export const ls = defineCommand({
  name: 'ls',
  aliases: ['list'],
  summary: 'List a directory',
  positionals: { uri: { describe: 'URI, or path inside a mount (default viking://)' } },
  options: {
    simple: { type: 'boolean', alias: 's', describe: 'URIs only', default: false },
    recursive: { type: 'boolean', alias: 'r', describe: 'Everything below', default: false },
    'abs-limit': { type: 'number', alias: 'l', describe: 'Most characters of an abstract', default: 256 },
    all: { type: 'boolean', alias: 'a', describe: 'Names that begin with a dot, too', default: false },
    'node-limit': { type: 'number', alias: 'n', describe: 'Most entries', default: 256 },
    'sort-by': { type: 'string', describe: 'Order', choices: ['name', 'mtime'] },
    'sort-order': { type: 'string', describe: 'Direction', choices: ['asc', 'desc'] },
  },
  examples: [
    ['ov ls', 'what there is'],
    ['ov ls -r -n 1000 viking://resources', 'every resource'],
    ['ov ls ~/viking/resources/docs', 'a path inside a mount means the same as its URI'],
  ],
  async run(args, context): Promise<readonly ListEntry[] | readonly string[]> {
    const uri = await context.targets.uri(args.uri ?? 'viking://');
    const request = {
      recursive: args.recursive,
      abs_limit: args['abs-limit'],
      show_all_hidden: args.all,
      node_limit: args['node-limit'],
      sort_by: args['sort-by'] as 'name' | 'mtime' | undefined,
      sort_order: args['sort-order'] as 'asc' | 'desc' | undefined,
    };
    return args.simple ? context.client.listUris(uri, request) : context.client.list(uri, request);
  },
  render(entries, style, args) {
    if (entries.length === 0) return '(empty)';
    if (typeof entries[0] === 'string') return (entries as readonly string[]).map(clean).join('\n');
    const listed = entries as readonly ListEntry[];
    return args.recursive ? entryTree(listed, style) : entryTable(listed, style);
  },
});
