import { VikingError } from '../errors/index.ts';

const VARIABLE = /\{([A-Za-z0-9_]+):([A-Za-z0-9_]+)\}/g;

export interface CalendarOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** IANA time zone; default: that of the process. */
  readonly timeZone?: string;
}

/**
 * Renders `{calendar:…}` in a URI: `today yesterday tomorrow` as `YYYY/MM/DD`, `year month day ym quarter yq`,
 * and the ISO week as `week` (`34`) and `yw` (`2026/w34`).
 * @throws INVALID_ARGUMENT naming every variable it does not know
 */
export function renderPathVariables(text: string, options: CalendarOptions): string {
  if (!text.includes('{')) return text;
  const unknown: string[] = [];
  const rendered = text.replace(VARIABLE, (whole, provider: string, key: string) => {
    const value = provider === 'calendar' ? calendarValue(key, options) : undefined;
    if (value === undefined) unknown.push(whole);
    return value ?? whole;
  });
  if (unknown.length > 0) {
    throw new VikingError('INVALID_ARGUMENT', `unknown path variable ${unknown.join(', ')}`, {
      hint: 'Known: {calendar:today|yesterday|tomorrow|year|month|day|ym|quarter|yq|week|yw}.',
    });
  }
  return rendered;
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function calendarValue(key: string, options: CalendarOptions): string | undefined {
  const today = civilDay(options.now, options.timeZone);
  const quarter = `Q${Math.ceil(today.month / 3)}`;
  switch (key) {
    case 'today':
      return slashed(today);
    case 'yesterday':
      return slashed(shifted(today, -1));
    case 'tomorrow':
      return slashed(shifted(today, 1));
    case 'year':
      return String(today.year);
    case 'month':
      return two(today.month);
    case 'day':
      return two(today.day);
    case 'ym':
      return `${today.year}/${two(today.month)}`;
    case 'quarter':
      return quarter;
    case 'yq':
      return `${today.year}/${quarter}`;
    case 'week':
      return two(isoWeek(today).week);
    case 'yw':
      return `${isoWeek(today).year}/w${two(isoWeek(today).week)}`;
    default:
      return undefined;
  }
}

function civilDay(now: number, timeZone: string | undefined): Day {
  const format = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  const parts = Object.fromEntries(format.formatToParts(now).map((part) => [part.type, part.value]));
  return { year: Number(parts['year']), month: Number(parts['month']), day: Number(parts['day']) };
}

function shifted(day: Day, days: number): Day {
  const date = new Date(Date.UTC(day.year, day.month - 1, day.day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** ISO 8601 week: week 1 holds the year's first Thursday. */
function isoWeek(day: Day): { year: number; week: number } {
  const date = new Date(Date.UTC(day.year, day.month - 1, day.day));
  const weekday = date.getUTCDay() || 7;
  date.setUTCDate(date.getUTCDate() + 4 - weekday);
  const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
  return {
    year: date.getUTCFullYear(),
    week: Math.ceil(((date.getTime() - yearStart) / 86_400_000 + 1) / 7),
  };
}

function slashed(day: Day): string {
  return `${day.year}/${two(day.month)}/${two(day.day)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
