import type { TextKind } from '../../base/text/file-kind.ts';
import { type OutlineEntry, outline } from '../../base/text/outline.ts';
import { messagePassages } from './messages.ts';
import type { Passage } from './passage.ts';

/** Sizes in UTF-8 bytes: about 6 a word of English, 3 a character of Chinese. 100 to 250 words measured best. */
const SIZES = {
  /** A section smaller than this is joined with the next. */
  small: 300,
  /** A passage is closed at the first paragraph's end after this. */
  full: 1000,
  /** And at the first line's end after this. */
  most: 1600,
};

const JOINED_HEADINGS = 4;

/** Cuts a document into passages in order of lines. Every line with text is in one; a passage never spans two kinds. */
export function passagesOf(text: string, kind: TextKind, name: string): Passage[] {
  if (kind === 'binary') return [];
  if (kind === 'conversation') return messagePassages(text);
  const lines = kind === 'markdown' ? withoutRecords(text.split(/\r?\n/)) : text.split(/\r?\n/);
  const entries = outline(text, kind, name);
  const passages: Passage[] = [];
  for (const section of joined(sections(lines, entries, kind))) passages.push(...cut(section, lines));
  return passages;
}

/** The first line of what the memory package keeps in its files as a comment: evidence, and what waits for review. */
const RECORD = /^<!-- vikingfs-(?:memory|review)$/;

/** Where a memory comes from is not what it says: those lines are blank, so that no question meets them. */
function withoutRecords(lines: readonly string[]): readonly string[] {
  let until = -1;
  return lines.map((line, at) => {
    if (at > until && RECORD.test(line)) until = lines.indexOf('-->', at);
    return at <= until ? '' : line;
  });
}

/** Lines `start` to `end` (0-based, end excluded) under one heading. */
interface Section {
  readonly start: number;
  readonly end: number;
  readonly path: readonly string[];
  readonly bytes: number;
}

function sections(lines: readonly string[], entries: readonly OutlineEntry[], kind: TextKind): Section[] {
  const found: Section[] = [];
  const path: OutlineEntry[] = [];
  let start = 0;
  const close = (end: number): void => {
    if (end > start)
      found.push(
        section(
          lines,
          start,
          end,
          path.map((entry) => entry.title),
        ),
      );
    start = end;
  };
  for (const entry of entries) {
    close(kind === 'code' ? withComment(lines, entry.line - 1, start) : entry.line - 1);
    while (path.length > 0 && path.at(-1)!.level >= entry.level) path.pop();
    path.push(entry);
  }
  close(lines.length);
  return found;
}

/** Comments and decorators right above a symbol belong to it. */
function withComment(lines: readonly string[], line: number, floor: number): number {
  let first = line;
  while (first > floor && /^\s*(?:\/\/|\/?\*|#|@|--|"""|;;|%)/.test(lines[first - 1]!)) first--;
  return first;
}

function section(lines: readonly string[], start: number, end: number, path: readonly string[]): Section {
  let bytes = 0;
  for (let at = start; at < end; at++) bytes += sizeOf(lines[at]!);
  return { start, end, path, bytes };
}

/** Small neighbours become one, as long as the result is not full. */
function joined(all: readonly Section[]): (Section & { headings: string[] })[] {
  const result: (Section & { headings: string[] })[] = [];
  for (const next of all) {
    const last = result.at(-1);
    const heading = next.path.join(' > ');
    if (last !== undefined && last.bytes < SIZES.small && last.bytes + next.bytes < SIZES.full) {
      const headings =
        last.headings.includes(heading) || heading === '' ? last.headings : [...last.headings, heading];
      result[result.length - 1] = { ...next, start: last.start, bytes: last.bytes + next.bytes, headings };
    } else result.push({ ...next, headings: heading === '' ? [] : [heading] });
  }
  return result;
}

function cut(section: Section & { headings: readonly string[] }, lines: readonly string[]): Passage[] {
  const passages: Passage[] = [];
  const heading = section.headings.slice(0, JOINED_HEADINGS).join('; ');
  let start = section.start;
  let bytes = 0;
  const close = (end: number): void => {
    const [first, last] = trimmed(lines, start, end);
    if (first < last)
      passages.push(...pieces(lines.slice(first, last).join('\n'), { start: first + 1, end: last }, heading));
    start = end;
    bytes = 0;
  };
  for (let at = section.start; at < section.end; at++) {
    bytes += sizeOf(lines[at]!);
    const isParagraphEnd = lines[at]!.trim() === '';
    const left = section.end - at - 1;
    if ((bytes >= SIZES.full && isParagraphEnd && left > 2) || bytes >= SIZES.most) close(at + 1);
  }
  close(section.end);
  return passages;
}

function trimmed(lines: readonly string[], start: number, end: number): [number, number] {
  let first = start;
  let last = end;
  while (first < last && lines[first]!.trim() === '') first++;
  while (last > first && lines[last - 1]!.trim() === '') last--;
  return [first, last];
}

/** A text whose single lines are too long to cut between lines is cut inside them; the pieces share the line range. */
export function pieces(text: string, lines: Passage['lines'], heading: string): Passage[] {
  if (text === '') return [];
  if (text.length <= SIZES.most * 2) return [{ text, lines, heading }];
  const found: Passage[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + SIZES.most);
    if (end < text.length) {
      const space = text.lastIndexOf(' ', end);
      if (space > at + SIZES.full) end = space;
      else if (isLowSurrogate(text.charCodeAt(end))) end++;
    }
    const piece = text.slice(at, end).trim();
    if (piece !== '') found.push({ text: piece, lines, heading });
    at = end;
  }
  return found;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function sizeOf(line: string): number {
  return Buffer.byteLength(line) + 1;
}
