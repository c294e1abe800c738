import { stripVTControlCharacters } from 'node:util';

/** Text of others on a terminal: control characters in names or files must not move the cursor or fake our output. */
export function clean(text: string): string {
  return text.replace(/[\n\t]/g, ' ').replace(/\p{Cc}/gu, '\uFFFD');
}

/** One line of at most `width` characters. */
export function oneLine(text: string, width: number): string {
  const line = clean(stripVTControlCharacters(text).replace(/\s+/g, ' ').trim());
  return line.length <= width ? line : `${line.slice(0, Math.max(1, width - 1))}…`;
}

/** `1234567` as `1.2M`: powers of 1024, as `ls -h`. */
export function bytes(size: number): string {
  if (size < 1024) return String(size);
  let value = size;
  let unit = -1;
  do {
    value /= 1024;
    unit++;
  } while (value >= 1024 && unit < 4);
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)}${'KMGTP'[unit]}`;
}

/** `2026-11-21T09:52:24.000Z` as `2026-11-21 09:52` in the reader's time zone. */
export function localTime(iso: string | null): string {
  if (iso === null || Number.isNaN(Date.parse(iso))) return '-';
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
