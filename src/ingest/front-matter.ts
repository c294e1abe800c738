import { VikingError } from '../errors/index.ts';

export type FrontMatterValue = string | readonly string[] | Readonly<Record<string, string>>;

export interface FrontMatter {
  readonly fields: Readonly<Record<string, FrontMatterValue>>;
  /** The text after the block. */
  readonly body: string;
}

/**
 * The block between two `---` lines that begins a text, in the part of YAML that skills are written in: `key: value`,
 * quoted strings, `[a, b]`, lists with `- `, one level of nested keys, and folded or literal blocks (`>`, `|`).
 * @throws INVALID_ARGUMENT naming the line it does not understand
 */
export function parseFrontMatter(text: string): FrontMatter | undefined {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines[0]?.trimEnd() !== '---') return undefined;
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (end < 0) throw new VikingError('INVALID_ARGUMENT', 'front matter: no closing ---');
  return { fields: readFields(lines.slice(1, end)), body: lines.slice(end + 1).join('\n') };
}

function readFields(lines: readonly string[]): Record<string, FrontMatterValue> {
  const fields: Record<string, FrontMatterValue> = {};
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const found = /^([A-Za-z_][\w.-]*)\s*:(?:\s+(.*))?$/.exec(line.trimEnd());
    if (found === null) throw notUnderstood(line, at);
    const block: string[] = [];
    while (at + 1 < lines.length && isContinuation(lines[at + 1]!)) block.push(lines[++at]!);
    fields[found[1]!] = readValue((found[2] ?? '').trim(), block, at);
  }
  return fields;
}

/** Indented, blank, or an entry of a list that is not indented. */
function isContinuation(line: string): boolean {
  return line.trim() === '' || /^\s/.test(line) || /^-\s/.test(line);
}

function readValue(inline: string, block: readonly string[], at: number): FrontMatterValue {
  if (/^[>|][+-]?$/.test(inline)) return readBlock(block, inline.startsWith('|'));
  const rows = block.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  if (inline !== '') {
    if (inline.startsWith('[')) return readFlow([inline, ...rows].join(' '), at);
    return scalar([inline, ...rows].join(' '));
  }
  if (rows.length === 0) return '';
  if (rows.every((row) => row.startsWith('-'))) return rows.map((row) => scalar(row.slice(1).trim()));
  return Object.fromEntries(rows.flatMap((row) => nested(row)));
}

function readBlock(block: readonly string[], literal: boolean): string {
  const lines = block.map((line) => line.trim());
  return (literal ? lines.join('\n') : lines.join(' ').replace(/ {2,}/g, ' ')).trim();
}

function readFlow(text: string, at: number): readonly string[] {
  if (!text.endsWith(']')) throw notUnderstood(text, at);
  const inner = text.slice(1, -1).trim();
  if (inner === '') return [];
  return [...inner.matchAll(/\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]*)\s*(?:,|$)/g)]
    .map((found) => found[1]!.trim())
    .filter((part) => part !== '')
    .map(scalar);
}

/** Deeper structure is kept as text: nobody here reads it. */
function nested(row: string): [string, string][] {
  const colon = row.indexOf(':');
  return colon <= 0 ? [] : [[row.slice(0, colon).trim(), scalar(row.slice(colon + 1).trim())]];
}

function scalar(text: string): string {
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) {
    try {
      return String(JSON.parse(text));
    } catch {
      return text.slice(1, -1);
    }
  }
  if (text.length >= 2 && text.startsWith("'") && text.endsWith("'"))
    return text.slice(1, -1).replaceAll("''", "'");
  return text.replace(/\s+#.*$/, '');
}

function notUnderstood(line: string, at: number): VikingError {
  return new VikingError(
    'INVALID_ARGUMENT',
    `front matter, line ${at + 2}: ${JSON.stringify(line.slice(0, 200))} is not "key: value"`,
  );
}
