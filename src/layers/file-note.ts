import { decodeHead, type FileKind, fileKind } from '../base/text/file-kind.ts';
import { countTerms, type TermBag, topTerms } from '../base/text/key-terms.ts';
import { frontMatterLines, type OutlineEntry, outline } from '../base/text/outline.ts';
import { clip } from '../base/tokens.ts';
import { binaryKind } from './binary-kind.ts';
import { codeLead } from './code-lead.ts';
import { countCodeTerms } from './code-words.ts';
import { conversationNote } from './conversation-note.ts';
import { dataNote } from './data-lead.ts';
import { frontMatter } from './front-matter.ts';
import { leadOf, leadSentence } from './lead.ts';
import { bareNote, FILE_HEADINGS, FILE_TERMS, type FileNote, LEAD_CHARACTERS, sizeText } from './note.ts';
import { speakerRank } from './sample.ts';

/** Larger files are described from their two ends, and the note says so. */
export const WHOLE_FILE_BYTES = 1024 * 1024;
export const HEAD_BYTES = 256 * 1024;
export const TAIL_BYTES = 64 * 1024;
/** Words are counted in the first part of a text only: beyond it the terms hardly change and the time does. */
const TERM_CHARACTERS = 120_000;
const HEADING_WEIGHT = 3;
const NAME_WEIGHT = 2;

/** A file as read: all of it, or its head and tail when `tail` is given. */
export interface FileText {
  readonly name: string;
  readonly sizeBytes: number;
  readonly head: Uint8Array;
  readonly tail?: Uint8Array;
}

/** The note of one file. Pure, never throws: what cannot be understood is named as what it is. */
export function fileNote(file: FileText): FileNote {
  const { name, sizeBytes, head, tail } = file;
  if (sizeBytes === 0 || head.length === 0) return bareNote('empty', name, 'empty');
  const kind = fileKind(name, tail === undefined ? head.subarray(0, 65_536) : head);
  const whole = kind.kind === 'binary' ? undefined : decodeHead(head);
  if (whole === undefined)
    return bareNote('binary', name, `${binaryKind(name, head)}, ${sizeText(sizeBytes)}`);
  const remark = tail === undefined ? '' : `${sizeText(sizeBytes)}, described from its head and tail`;
  const text = (tail === undefined ? whole : `${whole}\n${Buffer.from(tail).toString('utf8')}`).replace(
    /^\ufeff/,
    '',
  );
  if (/^\s*$/.test(text)) return bareNote('empty', name, 'blank');
  if (kind.kind === 'conversation') return conversationNote(text, name, remark);
  if (kind.generated) {
    const isMinified = /\.min\.|\.map$/.test(name) || longestLine(text) > 2000;
    return bareNote(kind.kind, name, `${isMinified ? 'minified' : 'generated'}, ${sizeText(sizeBytes)}`);
  }
  return textNote({ name, kind, text, remark, isWhole: tail === undefined });
}

interface Text {
  readonly name: string;
  readonly kind: FileKind;
  readonly text: string;
  readonly remark: string;
  readonly isWhole: boolean;
}

function textNote({ name, kind, text, remark, isWhole }: Text): FileNote {
  const isHtml = kind.language === 'html';
  const plain = isHtml ? htmlText(text) : text;
  const found = outline(text, kind.kind, name);
  const { title, lead } = describe({ name, kind, text, remark, isWhole }, found, plain);
  const headings = shownHeadings(found);
  const bag: TermBag = new Map();
  const counted = (kind.kind === 'markdown' ? withoutFrontMatter(plain) : plain).slice(0, TERM_CHARACTERS);
  if (kind.kind === 'code') countCodeTerms(counted, kind.language, bag);
  else countTerms(withoutAddresses(counted), 1, bag);
  for (const heading of headings) countTerms(heading.title, HEADING_WEIGHT - 1, bag);
  countTerms(`${title === name ? '' : title} ${lead}`, HEADING_WEIGHT - 1, bag);
  countName(name, bag);
  return {
    kind: kind.kind,
    title,
    lead,
    terms: topTerms(bag, FILE_TERMS),
    outline: headings.filter((heading) => heading.title !== title),
    remark,
  };
}

function describe(
  file: Text,
  found: readonly OutlineEntry[],
  plain: string,
): { title: string; lead: string } {
  const { name, kind, text, isWhole } = file;
  if (kind.kind === 'code') {
    const lead = codeLead(text, kind.language) || definesLead(found);
    return { title: name, lead };
  }
  const data = dataNote(text, kind.language, isWhole);
  if (data !== undefined) return { title: data.title || name, lead: data.lead };
  if (kind.language === 'html') {
    const start = text.slice(0, 65_536);
    const title =
      /<title[^<>]*>([^<]{1,200})<\/title>/i.exec(start)?.[1] ??
      /<h1[^<>]*>([\s\S]{0,400}?)<\/h1>/i.exec(start)?.[1];
    return { title: clip(htmlText(title ?? '').trim() || name, 120), lead: leadOf(plain) };
  }
  const fields = kind.kind === 'markdown' ? frontMatter(text) : {};
  const own = fields['title'] || fields['name'] || firstHeading(found)?.title || name;
  const about = fields['description'] || fields['summary'] || '';
  return {
    title: clip(own, 120),
    lead: about === '' ? leadOf(plain) : clip(leadSentence(about), LEAD_CHARACTERS),
  };
}

/** The first heading, unless a higher one follows soon: a table of contents often comes before the title. */
function firstHeading(found: readonly OutlineEntry[]): OutlineEntry | undefined {
  const first = found[0];
  return found.slice(1, 3).find((entry) => first !== undefined && entry.level < first.level) ?? first;
}

function definesLead(found: readonly OutlineEntry[]): string {
  const names = [...new Set(found.filter(({ level }) => level === 1).map(({ title }) => title))];
  if (names.length === 0) return '';
  const more = names.length > 6 ? ` and ${names.length - 6} more` : '';
  return clip(`Defines ${names.slice(0, 6).join(', ')}${more}.`, LEAD_CHARACTERS);
}

/** Upper levels first when there are too many, then in the order of the file. */
function shownHeadings(found: readonly OutlineEntry[]): { level: number; title: string }[] {
  let shown = found;
  for (let deepest = 6; shown.length > FILE_HEADINGS && deepest > 1; deepest--) {
    shown = found.filter(({ level }) => level < deepest);
  }
  if (shown.length === 0) shown = found;
  return shown.slice(0, FILE_HEADINGS).map(({ level, title }) => ({ level, title: clip(title, 100) }));
}

/** Names of fields are the same in every file; what matters of them is in title and lead. */
function withoutFrontMatter(text: string): string {
  if (!text.startsWith('---')) return text;
  const lines = text.split('\n');
  return lines.slice(frontMatterLines(lines)).join('\n');
}

/** Web addresses and link targets are not words of the text. */
function withoutAddresses(text: string): string {
  return text.replace(/\bhttps?:\/\/\S+|\]\([^()\n]*\)|<[a-z!/][^<>\n]*>/gi, ' ');
}

function countName(name: string, bag: TermBag): void {
  if (speakerRank(name) !== undefined) return;
  const dot = name.lastIndexOf('.');
  countTerms(dot > 0 ? name.slice(0, dot) : name, NAME_WEIGHT, bag);
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: ' ',
  '#39': "'",
};

/** Text of HTML with a blank line at every block, so that paragraphs stay apart. */
function htmlText(html: string): string {
  return withoutElements(html)
    .replace(
      /<\/?(?:p|div|h[1-6]|li|ul|ol|table|tr|td|section|article|br|pre|blockquote|header|footer)\b[^<>]*>/gi,
      '\n\n',
    )
    .replace(/<[^<>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_whole, name: string) => ENTITIES[name]!)
    .replace(/^[ \t]+/gm, '');
}

const UNREAD_ELEMENTS = /<(script|style|head|nav|template)\b/gi;

/** Without the elements whose text is not read; one that is never closed takes the rest with it. */
function withoutElements(html: string): string {
  const lower = html.toLowerCase();
  const kept: string[] = [];
  let from = 0;
  for (const { index, 1: name } of html.matchAll(UNREAD_ELEMENTS)) {
    if (index < from) continue;
    kept.push(html.slice(from, index));
    const end = lower.indexOf(`</${name!.toLowerCase()}`, index);
    const close = end < 0 ? -1 : html.indexOf('>', end);
    from = close < 0 ? html.length : close + 1;
  }
  kept.push(html.slice(from));
  return kept.join(' ');
}

function longestLine(text: string): number {
  let longest = 0;
  for (const line of text.split('\n')) if (line.length > longest) longest = line.length;
  return longest;
}
