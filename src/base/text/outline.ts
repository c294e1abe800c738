import type { TextKind } from './file-kind.ts';
import { codeOutline } from './outline-code.ts';

export interface OutlineEntry {
  /** 1-based line the entry begins at. */
  readonly line: number;
  /** 1 is the outermost. */
  readonly level: number;
  /** Heading text without markup, or the symbol's name. */
  readonly title: string;
}

/**
 * Headings of Markdown (ATX, setext, one-line `<h1>`; fences, front matter and comments are not headings), underlined
 * headings of `.rst`, symbols of code; nothing for other kinds. In order of lines. Never throws.
 */
export function outline(text: string, kind: TextKind, name: string): OutlineEntry[] {
  if (kind === 'markdown') return markdownOutline(text);
  if (kind === 'code') return codeOutline(text, name);
  if (kind === 'text' && /\.(?:rst|adoc)$/i.test(name)) return underlinedOutline(text);
  return [];
}

const ATX = /^ {0,3}(#{1,6})(?:[ \t]|$)/;
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const HTML_HEADING = /^\s*<h([1-6])\b[^<>]*>(.*?)<\/h\1>/i;
/** Lines that cannot be the text of a setext heading. */
const NOT_PARAGRAPH = /^(?:\s*$|\s*[-*+>|]\s|\s*\d+[.)]\s|\s*[|<]|\t| {4})/;
/** CommonMark lets a setext heading run over lines; a long paragraph above a rule is more likely prose. */
const SETEXT_LINES = 2;

function markdownOutline(text: string): OutlineEntry[] {
  const lines = text.split('\n');
  const entries: OutlineEntry[] = [];
  let fence = '';
  let comment = false;
  let paragraph = 0;
  for (let at = frontMatterLines(lines); at < lines.length; at++) {
    const line = lines[at]!.replace(/\r$/, '');
    const mark = FENCE.exec(line);
    if (fence !== '') {
      if (mark?.[1]?.startsWith(fence) && mark[2]!.trim() === '') fence = '';
      continue;
    }
    if (comment) {
      comment = !line.includes('-->');
      continue;
    }
    // An info string of backticks cannot contain one: that is inline code, not a fence.
    if (mark !== null && !(mark[1]!.startsWith('`') && mark[2]!.includes('`'))) {
      fence = mark[1]!;
      paragraph = 0;
      continue;
    }
    if (line.trimStart().startsWith('<!--') && !line.includes('-->')) {
      comment = true;
      paragraph = 0;
      continue;
    }
    const atx = ATX.exec(line) ?? undefined;
    const html = atx === undefined ? HTML_HEADING.exec(line) : null;
    if (atx !== undefined) push(entries, at, atx[1]!.length, atxText(line.slice(atx[0].length)));
    else if (html !== null) push(entries, at, Number(html[1]), html[2]!);
    else if (paragraph > 0 && /^ {0,3}(?:=+|-+)[ \t]*$/.test(line)) {
      if (paragraph <= SETEXT_LINES) {
        const title = lines.slice(at - paragraph, at).join(' ');
        push(entries, at - paragraph, line.includes('=') ? 1 : 2, title);
      }
    } else if (!NOT_PARAGRAPH.test(line) || (paragraph > 0 && /^\s+\S/.test(line))) {
      paragraph++;
      continue;
    }
    paragraph = 0;
  }
  return entries;
}

/**
 * Number of lines of YAML (`---`) or TOML (`+++`) front matter at the start, its closing rule included; 0 without one. Blank
 * lines may stand before it when a field follows the rule at once, or it would be a rule of the text.
 */
export function frontMatterLines(lines: readonly string[]): number {
  let first = 0;
  while (first < 5 && lines[first]?.trim() === '') first++;
  const mark = lines[first]?.trimEnd();
  if (mark !== '---' && mark !== '+++') return 0;
  if (first > 0 && !/^[A-Za-z_][\w-]*\s*[:=]/.test(lines[first + 1] ?? '')) return 0;
  const end = mark === '---' ? /^(?:---|\.\.\.)\s*$/ : /^\+\+\+\s*$/;
  for (let at = first + 1; at < lines.length && at < 200; at++) if (end.test(lines[at]!)) return at + 1;
  return 0;
}

/** The text of an ATX heading without its closing marks. */
function atxText(rest: string): string {
  const text = rest.trim();
  const open = trimEndOf(text, '#');
  return open === '' || /\s$/.test(open.slice(-1)) ? open : text;
}

function push(entries: OutlineEntry[], at: number, level: number, raw: string): void {
  const title = plainHeading(raw);
  if (title !== '') entries.push({ line: at + 1, level, title });
}

/** `text` without the characters of `marks` at its end. A loop, because `[…]+$` takes quadratic time. */
export function trimEndOf(text: string, marks: string): string {
  let end = text.length;
  while (end > 0 && marks.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/**
 * Heading text as a reader sees it: no links, emphasis, code ticks, HTML or anchors. Quantifiers are bounded so that
 * hostile text takes time in proportion to its length.
 */
export function plainHeading(raw: string): string {
  return raw
    .replace(/<!--.{0,400}?-->|<[^<>]*>/g, '')
    .replace(/!\[[^[\]]*\]\([^()]*\)/g, '')
    .replace(/\[([^[\]]*)\](?:\([^()]*\)|\[[^[\]]*\])/g, '$1')
    .replace(/\{#[^{}]*\}/g, '')
    .replace(/(?<=^|[\s(["'])[*_]{1,3}(?=[^\s*_])|(?<=[^\s*_])[*_]{1,3}(?=$|[\s)\]"'.,;:!?])/g, '')
    .replace(/`+/g, '')
    .replace(/\\([\\`*_{}[\]()#+.!<>-])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** reStructuredText: a line of one punctuation mark under text; a mark's first use sets its level. */
function underlinedOutline(text: string): OutlineEntry[] {
  const lines = text.split(/\r?\n/);
  const marks: string[] = [];
  const entries: OutlineEntry[] = [];
  for (let at = 1; at < lines.length; at++) {
    const title = lines[at - 1]!.trim();
    const rule = /^([=\-~^"'#*+.:`_])\1{2,}\s*$/.exec(lines[at]!);
    if (
      rule === null ||
      title === '' ||
      /^(\W)\1+$/.test(title) ||
      lines[at]!.trimEnd().length < title.length
    )
      continue;
    if (!marks.includes(rule[1]!)) marks.push(rule[1]!);
    push(entries, at - 1, marks.indexOf(rule[1]!) + 1, title);
  }
  return entries;
}
