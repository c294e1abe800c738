import { VikingError } from '../errors/index.ts';

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const DAY_MS = 86_400_000;

export interface TimeContext {
  /** What the value is called in messages. */
  readonly at: string;
  readonly nowMs: number;
  /** A day without a time means its end. */
  readonly isEnd: boolean;
}

/**
 * Milliseconds since the epoch of `2d` (ago; s m h d w), `2026-01-31`, or ISO-8601; without a zone UTC.
 * @throws INVALID_ARGUMENT
 */
export function timeOf(text: string, { at, nowMs, isEnd }: TimeContext): number {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * UNITS_MS[ago[2]!]!;
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (day !== null) {
    const start = Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3]));
    // The calendar rolls over (30 February is 2 March): not what was meant.
    if (new Date(start).toISOString().startsWith(text)) return isEnd ? start + DAY_MS - 1 : start;
  } else if (
    /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/.test(text)
  ) {
    const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`;
    const time = Date.parse(zoned.replace(' ', 'T'));
    if (!Number.isNaN(time)) return time;
  }
  throw new VikingError(
    'INVALID_ARGUMENT',
    `${at}: ${JSON.stringify(text.slice(0, 80))} is not a time such as 2d, 2026-01-31 or 2026-01-31T12:00:00Z`,
  );
}
