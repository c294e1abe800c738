import type { Context } from './context.ts';
import type { Style } from './render/style.ts';

export interface Positional {
  readonly describe: string;
  readonly required?: boolean;
  /** Takes all the words that are left. */
  readonly variadic?: boolean;
  readonly choices?: readonly string[];
}

export interface Option {
  readonly type: 'string' | 'boolean' | 'number' | 'strings';
  readonly describe: string;
  readonly alias?: string | readonly string[];
  readonly default?: string | boolean | number;
  readonly choices?: readonly string[];
}

type PositionalValue<P extends Positional> = P extends { variadic: true }
  ? readonly string[]
  : P extends { required: true }
    ? string
    : string | undefined;

type OptionValue<O extends Option> = O['type'] extends 'strings'
  ? readonly string[] | undefined
  : O['type'] extends 'boolean'
    ? O extends { default: boolean }
      ? boolean
      : boolean | undefined
    : O['type'] extends 'number'
      ? O extends { default: number }
        ? number
        : number | undefined
      : O extends { default: string }
        ? string
        : string | undefined;

/** Values of a command line, by the names the command declares. */
export type ArgsOf<P extends Record<string, Positional>, O extends Record<string, Option>> = {
  readonly [K in keyof P]: PositionalValue<P[K]>;
} & { readonly [K in keyof O]: OptionValue<O[K]> };

interface CommandText {
  /** One word, or two for a command of a group, as in `session new`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** Command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** More than the summary says. */
  readonly details?: string;
}

interface CommandSpec<P extends Record<string, Positional>, O extends Record<string, Option>, R>
  extends CommandText {
  readonly positionals: P;
  readonly options: O;
  /** Returns data; nothing is printed here. */
  run(args: ArgsOf<P, O>, context: Context): Promise<R>;
  /** The data for people. Bytes are written as they are. */
  render(result: R, style: Style, args: ArgsOf<P, O>): string | Uint8Array;
  /** Exit code of a result that is an answer and still not good. Default 0. */
  exitCode?(result: R): number;
}

export interface Outcome {
  readonly result: unknown;
  readonly exitCode: number;
  render(style: Style): string | Uint8Array;
}

/** A command as the parser and the help see it. */
export interface Command extends CommandText {
  readonly positionals: Readonly<Record<string, Positional>>;
  readonly options: Readonly<Record<string, Option>>;
  execute(args: Readonly<Record<string, unknown>>, context: Context): Promise<Outcome>;
}

export function defineCommand<
  const P extends Record<string, Positional>,
  const O extends Record<string, Option>,
  R,
>(spec: CommandSpec<P, O, R>): Command {
  return {
    ...spec,
    async execute(args, context) {
      // The parser is built from the same declarations that type these.
      const typed = args as ArgsOf<P, O>;
      const result = await spec.run(typed, context);
      return {
        result,
        exitCode: spec.exitCode?.(result) ?? 0,
        render: (style) => spec.render(result, style, typed),
      };
    },
  };
}
