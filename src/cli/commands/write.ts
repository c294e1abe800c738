import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { WriteResult } from '../../api/results.ts';
import { toVikingError, VikingError } from '../../errors/index.ts';
import { type ArgsOf, defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { asText, contentOf } from '../input.ts';
import { withProgress } from '../progress.ts';
import { clean, count } from '../render/text.ts';

const positionals = {
  words: {
    describe: 'URI or path inside a mount, then the text; - or no text reads standard input',
    variadic: true,
  },
} as const;

const shared = {
  uri: { type: 'string', alias: 'u', describe: 'URI, in place of the argument' },
  content: { type: 'string', alias: 'c', describe: 'Text, in place of the argument' },
  'from-file': { type: 'string', alias: 'f', describe: 'Take the content from this file' },
  wait: { type: 'boolean', alias: 'w', describe: 'Wait until it is indexed', default: false },
  timeout: { type: 'number', describe: 'Most seconds to wait' },
} as const;

export const write = defineCommand({
  name: 'write',
  summary: 'Write a file',
  positionals,
  options: {
    ...shared,
    mode: {
      type: 'string',
      describe: 'create fails on an existing file, append on a missing one',
      choices: ['replace', 'append', 'create'],
    },
    append: { type: 'boolean', describe: 'The same as --mode append', default: false },
    'parent-auto-create': {
      type: 'boolean',
      alias: 'p',
      describe: 'Create missing directories; --no-… refuses to',
      default: true,
    },
  },
  examples: [
    ['ov write viking://resources/notes/today.md "it works"', 'text from the command line'],
    [
      'ov write --uri viking://resources/a.md --content "text" --wait',
      'the same with options; returns when it can be found',
    ],
    ['date | ov write ~/viking/resources/now.txt', 'from standard input, to a path inside a mount'],
  ],
  async run(args, context) {
    if (args.append && args.mode !== undefined && args.mode !== 'append') {
      throw new VikingError('INVALID_ARGUMENT', `--append and --mode ${args.mode} contradict each other`);
    }
    const mode = args.append ? 'append' : (args.mode as 'replace' | 'append' | 'create' | undefined);
    return send(args, context, { mode, create_parent: args['parent-auto-create'] });
  },
  render: (result) => told(result),
});

export const append = defineCommand({
  name: 'append',
  summary: 'Append to a file',
  positionals,
  options: shared,
  examples: [
    ['ov append viking://resources/notes/log.md "- one more line"', 'no line end is added'],
    ['tail -n 5 app.log | ov append viking://resources/notes/log.md', 'from standard input'],
  ],
  run: (args, context) => send(args, context, { mode: 'append' }),
  render: (result) => told(result),
});

type Args = ArgsOf<typeof positionals, typeof shared>;

async function send(
  args: Args,
  context: Context,
  how: { mode?: 'replace' | 'append' | 'create' | undefined; create_parent?: boolean },
): Promise<WriteResult> {
  const words = [...args.words];
  const target = args.uri ?? words.shift();
  if (target === undefined) {
    throw new VikingError('INVALID_ARGUMENT', 'uri: required', {
      hint: 'Give a URI or a path inside a mount.',
    });
  }
  const text = args.content ?? words.shift();
  if (words.length > 0) {
    throw new VikingError('INVALID_ARGUMENT', `${JSON.stringify(words[0])}: one word too many`, {
      hint: 'Put the text in quotes.',
    });
  }
  const uri = await context.targets.uri(target);
  const file = args['from-file'];
  const content =
    file === undefined ? await contentOf(text, uri) : await fileContent(resolve(context.cwd, file));
  return withProgress(
    `writing ${uri}`,
    context.client.write(uri, content, { ...how, wait: args.wait, timeout: args.timeout }),
  );
}

async function fileContent(path: string): Promise<string | Uint8Array> {
  try {
    return asText(await readFile(path));
  } catch (error) {
    throw toVikingError(error, path);
  }
}

function told(result: WriteResult): string {
  return `${clean(result.uri)}: ${count(result.written_bytes, 'byte')} written, index ${result.vector_status}`;
}
