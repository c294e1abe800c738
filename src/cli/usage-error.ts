import { nearest } from '../config/index.ts';
import { VikingError } from '../errors/index.ts';
import type { Command } from './command.ts';
import { GLOBAL_OPTIONS, placeholder } from './command-text.ts';

/** What is wrong with a command line, and the nearest one that is right. */
export function usageError(
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
