import yargs, { type Argv } from 'yargs';
import { nearest } from '../config/index.ts';
import { VikingError } from '../errors/index.ts';
import type { Command, Option, Positional } from './command.ts';
import { ownVersion } from './commands/version.ts';
import type { Globals } from './context.ts';

/** What a command line asks for: a command with its values, or text to print. */
export type Parsed =
  | {
      readonly kind: 'command';
      readonly command: Command;
      readonly args: Readonly<Record<string, unknown>>;
      readonly globals: Globals;
    }
  | { readonly kind: 'text'; readonly text: string };

const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', describe: 'Print the answer of the API and nothing else, errors too' },
  output: { type: 'string', alias: 'o', describe: 'json is the same as --json', choices: ['table', 'json'] },
  socket: { type: 'string', describe: 'Control socket of the daemon' },
  config: { type: 'string', describe: 'Configuration file' },
  'actor-peer': { type: 'string', alias: 'actor-peer-id', describe: 'See only this peer' },
};

/**
 * @throws INVALID_ARGUMENT for what is not a command line of ours, naming the nearest one that is
 */
export async function parseCommandLine(
  words: readonly string[],
  commands: readonly Command[],
  groups: Readonly<Record<string, string>>,
): Promise<Parsed> {
  let parsed: Parsed | undefined;
  const choose = (command: Command, args: Readonly<Record<string, unknown>>): void => {
    parsed = { kind: 'command', command, args, globals: globalsOf(args) };
  };
  let parser = base(yargs([...words]))
    .usage('ov: a context filesystem for agents\n\nUsage: ov COMMAND')
    .epilogue('Every URI may also be a path inside a mount. Help on a command: ov COMMAND --help');
  for (const command of commands.filter((one) => !one.name.includes(' ')))
    parser = register(parser, command, choose);
  for (const [group, summary] of Object.entries(groups)) {
    const members = commands.filter((one) => one.name.startsWith(`${group} `));
    parser = registerGroup(parser, { group, summary, members, choose });
  }
  if (words[0] === '--version' || words[0] === '-V') return { kind: 'text', text: ownVersion() };
  if (words.length === 0) return { kind: 'text', text: await parser.getHelp() };
  let text = '';
  let problem: string | undefined;
  try {
    await parser
      .fail((message, error) => {
        problem ??= message ?? error?.message;
        throw error ?? new Error(message);
      })
      .parseAsync([...words], {}, (_error, _argv, output) => {
        text = output;
      });
  } catch (error) {
    throw usageError(problem ?? (error as Error).message, words, commands, groups);
  }
  if (parsed !== undefined) return parsed;
  if (problem === undefined && text !== '') return { kind: 'text', text };
  throw usageError(problem ?? 'no command', words, commands, groups);
}

/** Whether the words ask for JSON: needed when they cannot be parsed. */
export function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  return own.some(
    (word, index) =>
      word === '--json' ||
      word === '--output=json' ||
      word === '-ojson' ||
      ((word === '-o' || word === '--output') && own[index + 1] === 'json'),
  );
}

function base(parser: Argv): Argv {
  let based = parser
    .scriptName('ov')
    .locale('en')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-positional-numbers': false,
    })
    .exitProcess(false)
    .version(false)
    .help('help')
    .alias('help', 'h')
    .strictOptions()
    .strictCommands()
    .recommendCommands()
    .showHelpOnFail(false)
    .wrap(Math.min(110, process.stdout.columns ?? 100));
  for (const [name, option] of Object.entries(GLOBAL_OPTIONS)) {
    based = based.option(name, { ...optionOf(option), global: true, group: 'Everywhere:' });
  }
  return based;
}

type Choose = (command: Command, args: Readonly<Record<string, unknown>>) => void;

function register(parser: Argv, command: Command, choose: Choose): Argv {
  const name = command.name.split(' ').at(-1)!;
  const usage = [
    name,
    ...Object.entries(command.positionals).map(([key, positional]) => placeholder(key, positional)),
  ];
  return parser.command(
    [usage.join(' '), ...(command.aliases ?? [])],
    command.summary,
    (own) => declare(own as Argv, command),
    (args) => choose(command, args),
  );
}

function registerGroup(
  parser: Argv,
  group: { group: string; summary: string; members: readonly Command[]; choose: Choose },
): Argv {
  return parser.command(group.group, group.summary, (own) => {
    let inner = own as Argv;
    for (const member of group.members) inner = register(inner, member, group.choose);
    return inner.demandCommand(
      1,
      `${group.group}: which one? ${group.members.map((one) => one.name.split(' ')[1]).join(', ')}`,
    );
  });
}

function declare(parser: Argv, command: Command): Argv {
  let own = parser.usage(
    `ov ${command.name} ${Object.entries(command.positionals)
      .map(([key, one]) => placeholder(key, one))
      .join(' ')}\n\n${command.summary}.${command.details === undefined ? '' : ` ${command.details}`}`,
  );
  for (const [key, positional] of Object.entries(command.positionals)) {
    own = own.positional(key, {
      type: 'string',
      describe: positional.describe,
      ...(positional.choices === undefined ? {} : { choices: positional.choices }),
    });
  }
  for (const [key, option] of Object.entries(command.options)) own = own.option(key, optionOf(option));
  for (const [line, meaning] of command.examples) own = own.example(line, meaning);
  return own;
}

function placeholder(key: string, positional: Positional): string {
  const dots = positional.variadic === true ? '..' : '';
  return positional.required === true ? `<${key}${dots}>` : `[${key}${dots}]`;
}

function optionOf(option: Option) {
  const alias =
    option.alias === undefined ? [] : typeof option.alias === 'string' ? [option.alias] : [...option.alias];
  return {
    alias,
    describe: option.describe,
    type: option.type === 'strings' ? ('string' as const) : option.type,
    requiresArg: option.type !== 'boolean',
    ...(option.type === 'strings' ? { array: true as const, nargs: 1 } : {}),
    ...(option.default === undefined ? {} : { default: option.default }),
    ...(option.choices === undefined ? {} : { choices: option.choices }),
    ...(option.type === 'number' ? { coerce: numberOf } : {}),
  };
}

/** yargs makes NaN of what is not a number, which would travel on as `null`. */
function numberOf(value: unknown): unknown {
  if (Array.isArray(value)) return numberOf(value.at(-1));
  if (typeof value === 'number' && Number.isNaN(value)) throw new Error('a number is needed');
  return value;
}

function globalsOf(args: Readonly<Record<string, unknown>>): Globals {
  const text = (key: string): string | undefined =>
    typeof args[key] === 'string' ? (args[key] as string) : undefined;
  return {
    json: args['json'] === true || args['output'] === 'json',
    socket: text('socket'),
    config: text('config'),
    actorPeer: text('actor-peer'),
  };
}

function usageError(
  problem: string,
  words: readonly string[],
  commands: readonly Command[],
  groups: Readonly<Record<string, string>>,
): VikingError {
  const known = [
    ...new Set(
      commands.flatMap((one) => [
        one.name.split(' ')[0]!,
        ...(one.name.includes(' ') ? [] : (one.aliases ?? [])),
      ]),
    ),
  ];
  const [first, second] = commandWords(words);
  if (first !== undefined && !known.includes(first)) {
    const near = nearest(first, known);
    return wrong(
      `${JSON.stringify(first)} is not a command`,
      near === undefined ? 'See: ov --help' : `Did you mean: ov ${near}?`,
    );
  }
  if (first !== undefined && first in groups) {
    const inner = commands
      .filter((one) => one.name.startsWith(`${first} `))
      .flatMap((one) => [one.name.split(' ')[1]!, ...(one.aliases ?? [])]);
    if (second === undefined || !inner.includes(second)) {
      const near = second === undefined ? undefined : nearest(second, inner);
      const what =
        second === undefined
          ? `${first}: which one?`
          : `${JSON.stringify(`${first} ${second}`)} is not a command`;
      return wrong(
        what,
        near === undefined ? `One of: ${inner.join(', ')}.` : `Did you mean: ov ${first} ${near}?`,
      );
    }
  }
  const command = commands.find(
    (one) =>
      one.name === `${first} ${second}` || one.name === first || one.aliases?.includes(first ?? '') === true,
  );
  const unknown = /^Unknown arguments?: ([^,\s]+)/.exec(problem)?.[1];
  if (unknown !== undefined && command !== undefined) {
    const options = [...Object.keys(command.options), ...Object.keys(GLOBAL_OPTIONS), 'help'];
    const near = nearest(unknown, options);
    return wrong(
      `${command.name} has no ${unknown.length === 1 ? `-${unknown}` : `--${unknown}`}`,
      near === undefined ? `See: ov ${command.name} --help` : `Did you mean --${near}?`,
    );
  }
  if (command !== undefined && problem.startsWith('Not enough non-option arguments')) {
    const needed = Object.entries(command.positionals).filter(([, one]) => one.required === true);
    return wrong(
      `${command.name} needs ${needed.map(([key, one]) => placeholder(key, one)).join(' ')}`,
      `As in: ${command.examples[0]?.[0]}`,
    );
  }
  return wrong(
    problem.replace(/\s*\n\s*/g, ' '),
    command === undefined ? 'See: ov --help' : `See: ov ${command.name} --help`,
  );
}

/** The words that are neither options nor the values of options every command takes. */
function commandWords(words: readonly string[]): string[] {
  const withValue = new Set(
    Object.entries(GLOBAL_OPTIONS)
      .filter(([, option]) => option.type !== 'boolean')
      .flatMap(([name, option]) => [
        `--${name}`,
        ...(option.alias === undefined ? [] : [`-${option.alias}`, `--${option.alias}`]),
      ]),
  );
  return words.filter((word, index) => !word.startsWith('-') && !withValue.has(words[index - 1] ?? ''));
}

function wrong(message: string, hint: string): VikingError {
  return new VikingError('INVALID_ARGUMENT', message, { hint, details: { usage: true } });
}
