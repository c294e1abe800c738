import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** How text for people may look on the stream it goes to. */
export interface Style {
  readonly isTerminal: boolean;
  readonly columns: number;
  /** `text` in a colour, or as it is where colours do not belong. */
  paint(format: Format, text: string): string;
}

export interface StyleStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Colours only on a terminal, and not when `NO_COLOR` is set (https://no-color.org) or the terminal is dumb. */
export function styleOf(stream: StyleStream, env: Readonly<Record<string, string | undefined>>): Style {
  const isTerminal = stream.isTTY === true;
  const coloured = isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return {
    isTerminal,
    columns: stream.columns ?? 100,
    // The stream was judged above; the function itself would judge standard output even for standard error.
    paint: (format, text) => (coloured ? styleText(format, text, { validateStream: false }) : text),
  };
}
