import type { Style } from './style.ts';
import { clean } from './text.ts';

/** `name  value` lines with aligned values; nested objects are indented, empty values are `-`. */
export function pairs(record: Readonly<Record<string, unknown>>, style: Style, indent = ''): string {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...entries.filter(([, value]) => !isNested(value)).map(([key]) => key.length));
  return entries
    .map(([key, value]) =>
      isNested(value)
        ? `${indent}${style.paint('bold', key)}\n${pairs(value, style, `${indent}  `)}`
        : `${indent}${style.paint('bold', key.padEnd(width))}  ${plain(value)}`,
    )
    .join('\n');
}

function isNested(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}

function plain(value: unknown): string {
  if (value === null || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map((one) => plain(one)).join(', ');
  return clean(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
