import type { Freshness } from '../api/results.ts';

/** What the last line of an overview says of itself. */
export interface Sampling {
  readonly shown: number;
  readonly entries: number;
}

const NOT_FRESH: Readonly<Partial<Record<Freshness | 'partial', string>>> = {
  partial: 'Incomplete: not all has been read yet.',
  stale: 'Stale: described before the latest change.',
  failed: 'Failed: it could not be described anew.',
};
/** Room that is kept for what freshness adds. */
export const STATE_CHARACTERS = 50;
const STATE = new RegExp(`(?:\\n\\n| )(?:${Object.values(NOT_FRESH).join('|')})\\s*$`);

/** The last line where fewer entries are shown than there are. */
export function samplingLine({ shown, entries }: Sampling): string {
  return `Shows ${shown} of ${entries} entries.`;
}

/** How many entries an overview shows of how many; undefined when it shows them all. */
export function samplingOf(overview: string): Sampling | undefined {
  const found = /(?:^|\n)Shows (\d+) of (\d+) entries\.[^\n]*\s*$/.exec(overview);
  return found === null ? undefined : { shown: Number(found[1]), entries: Number(found[2]) };
}

/** An overview whose last line tells that it is not fresh, or made of some files only; a fresh one as it is. */
export function withState(overview: string, freshness: Freshness | 'partial'): string {
  const said = NOT_FRESH[freshness];
  if (said === undefined) return overview;
  const text = overview.trimEnd();
  return `${text}${samplingOf(text) === undefined ? '\n\n' : ' '}${said}`;
}

/** The same without what `withState` added. */
export function withoutState(text: string): string {
  return text.replace(STATE, '');
}
