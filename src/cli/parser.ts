import yargs, { type Argv } from 'yargs';
import type { Command, Option } from './command.ts';
import { GLOBAL_OPTIONS, placeholder } from './command-text.ts';
import { ownVersion } from './commands/version.ts';
import type { Globals } from './context.ts';
import { usageError } from './usage-error.ts';

/** What a command line asks for: a command with its values, or text to print. */
export type Parsed =
  | {
      readonly kind: 'command';
      readonly command: Command;
      readonly args: Readonly<Record<string, unknown>>;
      readonly globals: Globals;
    }
  | { readonly kind: 'text'; readonly text: string };

/**
 * @throws INVALID_ARGUMENT for what is not a command line of ours, naming the nearest one that is
 */
export async function parseCommandLine(
  words: readonly string[],
  commands: readonly Command[],
  groups: Readonly<Record<string, string>>,
): Promise<Parsed> {
  const { own, literal } = separateLiterals(words, commands);
  let chosen: { command: Command; args: Readonly<Record<string, unknown>> } | undefined;
  const registry: Registry = {
    allOptional: literal.length > 0,
    choose: (command, args) => {
      chosen = { command, args };
    },
  };
  let parser = base(yargs(own))
    .usage('ov: a context filesystem for agents\n\nUsage: ov COMMAND')
    .epilogue('Every URI may also be a path inside a mount. Help on a command: ov COMMAND --help');
  for (const command of commands.filter((one) => !one.name.includes(' ')))
    parser = register(parser, command, registry);
  for (const [group, summary] of Object.entries(groups)) {
    const members = commands.filter((one) => one.name.startsWith(`${group} `));
    parser = registerGroup(parser, { group, summary, members, registry });
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
      .parseAsync(own, {}, (_error, _argv, output) => {
        text = output;
      });
  } catch (error) {
    throw usageError(problem ?? (error as Error).message, words, commands, groups);
  }
  if (chosen !== undefined) {
    const args = withLiteralWords(chosen.command, chosen.args, literal);
    if (typeof args === 'string') throw usageError(args, words, commands, groups);
    return { kind: 'command', command: chosen.command, args, globals: globalsOf(args) };
  }
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

interface Registry {
  /** Words after `--` may still fill what is needed. */
  readonly allOptional: boolean;
  choose(command: Command, args: Readonly<Record<string, unknown>>): void;
}

/**
 * The words yargs should see, and those that are text whatever they look like: what follows `--` (yargs does not count
 * it as arguments of a command), `-` itself, and words such as `"- a list item"`, which yargs would read as options.
 */
function separateLiterals(
  words: readonly string[],
  commands: readonly Command[],
): { own: string[]; literal: string[] } {
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  const takesValue = optionsWithValue(commands);
  const own: string[] = [];
  const literal: string[] = [];
  for (const word of before) {
    const last = own.at(-1) ?? '';
    if (word !== '-' && !/^-[^=]*\s/.test(word)) own.push(word);
    else if (takesValue.has(last)) own[own.length - 1] = `${last}=${word}`;
    else literal.push(word);
  }
  return { own, literal: [...literal, ...(end < 0 ? [] : words.slice(end + 1))] };
}

function optionsWithValue(commands: readonly Command[]): Set<string> {
  const flags = new Set<string>();
  for (const options of [GLOBAL_OPTIONS, ...commands.map((command) => command.options)]) {
    for (const [name, option] of Object.entries(options)) {
      if (option.type === 'boolean') continue;
      for (const one of [name, option.alias ?? []].flat())
        flags.add(one.length === 1 ? `-${one}` : `--${one}`);
    }
  }
  return flags;
}

/** The arguments with the words after `--` in the places that are free, or what is wrong with them. */
function withLiteralWords(
  command: Command,
  args: Readonly<Record<string, unknown>>,
  literal: readonly string[],
): Record<string, unknown> | string {
  const filled = { ...args };
  const left = [...literal];
  for (const [key, positional] of Object.entries(command.positionals)) {
    const value = filled[key];
    if (positional.variadic === true)
      filled[key] = [...((value as string[] | undefined) ?? []), ...left.splice(0)];
    else if (value === undefined && left.length > 0) filled[key] = left.shift();
    const empty = filled[key] === undefined || (Array.isArray(filled[key]) && filled[key].length === 0);
    if (positional.required === true && empty) return 'Not enough non-option arguments';
  }
  return left.length === 0 ? filled : `${JSON.stringify(left[0])}: one word too many`;
}

function register(parser: Argv, command: Command, registry: Registry): Argv {
  const name = command.name.split(' ').at(-1)!;
  const usage = [
    name,
    ...Object.entries(command.positionals).map(([key, positional]) =>
      placeholder(key, registry.allOptional ? { ...positional, required: false } : positional),
    ),
  ];
  return parser.command(
    [usage.join(' '), ...(command.aliases ?? [])],
    command.summary,
    (own) => declare(own as Argv, command),
    (args) => registry.choose(command, lastOfEach(args, command)),
  );
}

function registerGroup(
  parser: Argv,
  group: { group: string; summary: string; members: readonly Command[]; registry: Registry },
): Argv {
  return parser.command(group.group, group.summary, (own) => {
    let inner = own as Argv;
    for (const member of group.members) inner = register(inner, member, group.registry);
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

/** Of an option that is given twice, the last counts, as in every shell tool. */
function lastOfEach(args: Readonly<Record<string, unknown>>, command: Command): Record<string, unknown> {
  const options = { ...GLOBAL_OPTIONS, ...command.options };
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => {
      const single = options[key] !== undefined && options[key].type !== 'strings';
      return [key, single && Array.isArray(value) ? value.at(-1) : value];
    }),
  );
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
    agent: text('agent'),
    account: text('account'),
    user: text('user'),
    key: text('key'),
  };
}
