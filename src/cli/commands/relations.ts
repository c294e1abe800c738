import { defineCommand } from '../command.ts';
import { clean } from '../render/text.ts';

export const relations = defineCommand({
  name: 'relations',
  summary: 'List what an entry is linked to',
  positionals: { uri: { describe: 'URI, or path inside a mount', required: true } },
  options: {},
  examples: [['ov relations viking://resources/docs', 'links and why they were made']],
  run: async (args, context) => context.client.relations(await context.targets.uri(args.uri)),
  render: (links, style) =>
    links.length === 0
      ? '(none)'
      : links
          .map(
            (link) =>
              `${clean(link.uri)}${link.reason === '' ? '' : style.paint('dim', `  ${clean(link.reason)}`)}`,
          )
          .join('\n'),
});

export const link = defineCommand({
  name: 'link',
  summary: 'Link an entry to others',
  positionals: {
    from: { describe: 'URI, or path inside a mount', required: true },
    to: { describe: 'URIs or paths to link to', required: true, variadic: true },
  },
  options: { reason: { type: 'string', alias: 'm', describe: 'Why', default: '' } },
  examples: [['ov link viking://resources/api viking://resources/docs --reason "its manual"', 'one link']],
  run: async (args, context) =>
    context.client.link(
      await context.targets.uri(args.from),
      await context.targets.uris(args.to),
      args.reason,
    ),
  render: (result) => result.to.map((to) => `${clean(result.from)} -> ${clean(to)}`).join('\n'),
});

export const unlink = defineCommand({
  name: 'unlink',
  summary: 'Remove a link',
  positionals: {
    from: { describe: 'URI, or path inside a mount', required: true },
    to: { describe: 'URI or path it is linked to', required: true },
  },
  options: {},
  examples: [['ov unlink viking://resources/api viking://resources/docs', 'the entries themselves stay']],
  run: async (args, context) =>
    context.client.unlink(await context.targets.uri(args.from), await context.targets.uri(args.to)),
  render: (result) => `${clean(result.from)} no longer links to ${clean(result.to)}`,
});
