import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { bytes, clean, count } from '../render/text.ts';

/** Reasons shown one by one before they are only counted. */
const SHOWN = 10;

export const addResource = defineCommand({
  name: 'add-resource',
  summary: 'Import a file, a directory, a zip archive or the file at a web address',
  details: '.gitignore is honoured; binary files are kept as files and not indexed as text.',
  positionals: { source: { describe: 'Path on this machine, or an http(s) address', required: true } },
  options: {
    to: { type: 'string', describe: 'Exact URI of the new resource' },
    parent: { type: 'string', describe: 'URI of the directory to put it in' },
    'parent-auto-create': {
      type: 'boolean',
      alias: 'p',
      describe: 'Create the parent when it is missing',
      default: false,
    },
    reason: { type: 'string', describe: 'Why it is imported, for a chat model' },
    instruction: { type: 'string', describe: 'How to summarise it, for a chat model' },
    'source-name': { type: 'string', describe: 'Name of the resource, in place of that of the source' },
    wait: { type: 'boolean', alias: 'w', describe: 'Wait until it is indexed', default: false },
    timeout: { type: 'number', describe: 'Most seconds to wait' },
    'watch-interval': { type: 'number', describe: 'Import it again every so many minutes (1 to 525600)' },
    strict: { type: 'boolean', describe: 'Unsupported files are errors, not warnings', default: false },
    include: { type: 'strings', describe: 'Only files that match (comma-separated, may be repeated)' },
    exclude: { type: 'strings', describe: 'No files that match (comma-separated, may be repeated)' },
    'ignore-dirs': {
      type: 'strings',
      describe: 'No directories of these names (comma-separated, may be repeated)',
    },
  },
  examples: [
    ['ov add-resource ./docs', 'a directory, as viking://resources/docs'],
    [
      'ov add-resource ./docs --parent viking://resources/projects/x -p --wait',
      'in a directory of its own; returns when it can be found',
    ],
    ['ov add-resource manual.zip --to viking://resources/manual', 'an archive'],
  ],
  async run(args, context) {
    const remote = /^([a-z][a-z0-9+.-]*:\/\/|git@)/i.test(args.source);
    const { to, parent } = args;
    return withProgress(
      `importing ${args.source}`,
      context.client.addResource({
        path: remote ? args.source : resolve(context.cwd, args.source),
        to: to === undefined ? undefined : await context.targets.uri(to),
        parent: parent === undefined ? undefined : await context.targets.uri(parent),
        create_parent: args['parent-auto-create'],
        reason: args.reason,
        instruction: args.instruction,
        source_name: args['source-name'],
        watch_interval: args['watch-interval'],
        wait: args.wait,
        timeout: args.timeout,
        strict: args.strict,
        include: split(args.include),
        exclude: split(args.exclude),
        ignore_dirs: split(args['ignore-dirs']),
      }),
    );
  },
  render(result, style) {
    const lines = [
      `${style.paint('bold', clean(result.root_uri))}: ${count(result.files, 'file')}, ${bytes(result.bytes)} bytes`,
    ];
    for (const warning of result.warnings.slice(0, SHOWN))
      lines.push(style.paint('yellow', `warning: ${clean(warning)}`));
    if (result.warnings.length > SHOWN)
      lines.push(`and ${count(result.warnings.length - SHOWN, 'more warning')}; see --json`);
    return lines.join('\n');
  },
});

function split(values: readonly string[] | undefined): string[] | undefined {
  return values?.flatMap((value) => value.split(',')).filter((value) => value !== '');
}
