import { clip } from '../base/tokens.ts';
import { LEAD_CHARACTERS } from './note.ts';

export interface DataNote {
  /** What the file calls itself; empty when it does not. */
  readonly title: string;
  readonly lead: string;
}

/**
 * Top keys or columns of structured text: JSON, JSON lines, CSV/TSV, YAML, TOML, INI, XML. `isWhole` says whether `text` is
 * all of the file: counts are given only then. Undefined for a format it does not know. Never throws.
 */
export function dataNote(text: string, language: string | undefined, isWhole: boolean): DataNote | undefined {
  switch (language) {
    case 'json':
      return isWhole ? jsonNote(text) : { title: '', lead: 'JSON.' };
    case 'jsonl':
      return linesNote(text, isWhole);
    case 'csv':
      return columnsNote(text, ',', isWhole);
    case 'tsv':
      return columnsNote(text, '\t', isWhole);
    case 'yaml':
      return keysNote(text, 'YAML', /^["']?([A-Za-z_][\w.-]*)["']?\s*:(?:\s|$)/);
    case 'toml':
      return keysNote(text, 'TOML', /^\[{1,2}\s*([^\]]+?)\s*\]{1,2}|^([A-Za-z_][\w.-]*)\s*=/);
    case 'ini':
      return keysNote(text, 'Settings', /^\[\s*([^\]]+?)\s*\]|^([A-Za-z_][\w.-]*)\s*[=:]/);
    case 'xml':
      return xmlNote(text);
    default:
      return undefined;
  }
}

function jsonNote(text: string): DataNote {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { title: '', lead: 'JSON with comments or errors.' };
  }
  if (Array.isArray(value)) {
    const first: unknown = value[0];
    const keys = isRecord(first) ? ` with ${named(Object.keys(first), 'key')}` : '';
    return { title: '', lead: `JSON array of ${value.length}${keys}.` };
  }
  if (!isRecord(value)) return { title: '', lead: `JSON ${value === null ? 'null' : typeof value}.` };
  const about = isRecord(value['info']) ? value['info'] : value;
  const title = textField(about, ['title', 'name']);
  const description = textField(about, ['description', 'summary']);
  const keys = `JSON object, ${named(Object.keys(value), 'key')}.`;
  return { title, lead: clip(description === '' ? keys : ended(description), LEAD_CHARACTERS) };
}

function linesNote(text: string, isWhole: boolean): DataNote {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  let keys = '';
  try {
    const first: unknown = JSON.parse(lines[0] ?? '');
    if (isRecord(first)) keys = ` with ${named(Object.keys(first), 'key')}`;
  } catch {
    keys = '';
  }
  return { title: '', lead: `JSON lines${isWhole ? `, ${counted(lines.length, 'record')}` : ''}${keys}.` };
}

function columnsNote(text: string, separator: string, isWhole: boolean): DataNote {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const columns = (lines[0] ?? '').split(separator).map((column) => column.trim().replace(/^"|"$/g, ''));
  const rows = isWhole ? `, ${counted(Math.max(0, lines.length - 1), 'row')}` : '';
  return {
    title: '',
    lead: clip(`Table${rows}, ${named(columns.filter(Boolean), 'column')}.`, LEAD_CHARACTERS),
  };
}

function keysNote(text: string, format: string, pattern: RegExp): DataNote {
  const keys = new Set<string>();
  let title = '';
  let description = '';
  for (const line of text.split(/\r?\n/, 2000).map((long) => long.slice(0, 400))) {
    const key = pattern.exec(line);
    const name = key?.[1] ?? key?.[2];
    if (name !== undefined) keys.add(name);
    const about = /^\s{0,2}(title|name|description|summary)\s*[:=]\s*["']?(\w.*?)["']?\s*$/.exec(line);
    if (about?.[1] === 'title' || about?.[1] === 'name') title ||= about[2]!;
    else if (about !== null) description ||= about[2]!;
  }
  const lead = description === '' ? `${format}, ${named([...keys], 'key')}.` : ended(description);
  return { title: clip(title, 80), lead: clip(lead, LEAD_CHARACTERS) };
}

function xmlNote(text: string): DataNote {
  const start = text.slice(0, 8000);
  const root = /<([A-Za-z_][\w:.-]*)(?=[\s/>])/.exec(
    start.replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->/g, ''),
  )?.[1];
  const title = /<title[^<>]*>([^<]{1,120})<\/title>/i.exec(start)?.[1]?.trim() ?? '';
  return { title, lead: root === undefined ? 'XML.' : `XML, root element ${root}.` };
}

function named(names: readonly string[], what: string): string {
  if (names.length === 0) return `no ${what}s`;
  const shown = names.slice(0, 12).map((name) => clip(name, 40));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return `${what}${names.length === 1 ? '' : 's'} ${shown.join(', ')}${more}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function ended(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return /[.!?。！？]$/.test(line) ? line : `${line}.`;
}

function textField(value: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  for (const name of names) {
    const field = value[name];
    if (typeof field === 'string' && field.trim() !== '')
      return clip(field.replace(/\s+/g, ' ').trim(), LEAD_CHARACTERS);
  }
  return '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
