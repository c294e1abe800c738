import { frontMatterLines, plainHeading, trimEndOf } from './outline.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const CJK_EDGE = /[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]/u;
/** The segmenter ends a sentence at these when a capital follows. */
const ABBREVIATION =
  /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|resp|approx|no|fig|eq|mr|mrs|ms|dr|prof|st|inc|ltd|jr|sr)\.\s*$/i;

/** An entry of a table of contents. */
const LINK_ONLY = /^!?\[[^[\]]*\]\([^()]*\)[.,;]?\s*$/;

/**
 * Sentences of the prose in `text`, in order, without Markdown markup. Headings, fenced and indented code, tables, rules,
 * badges, images, HTML tags and comments, front matter and link definitions are left out; a list entry is its own paragraph.
 * For reading, not for offsets: it does not give the text back whole.
 */
export function sentences(text: string): string[] {
  return paragraphs(text).flatMap(segment);
}

/** One sentence per entry for text that is already plain. Boundaries by Unicode rules (UAX 29), so "0.0" does not end one. */
export function segment(plain: string): string[] {
  const found: string[] = [];
  for (const { segment: part } of segmenter.segment(plain)) {
    const last = found.at(-1);
    if (last !== undefined && ABBREVIATION.test(last)) found[found.length - 1] = last + part;
    else found.push(part);
  }
  return found.map((sentence) => sentence.trim()).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

/** Paragraphs and list entries of Markdown or plain text as single lines without markup. */
export function paragraphs(text: string): string[] {
  const lines = withoutComments(text).split(/\r?\n/);
  const found: string[] = [];
  let open: string[] = [];
  let fence = '';
  const close = (): void => {
    const plain = plainLine(joinLines(open));
    if (/[\p{L}\p{N}]/u.test(plain)) found.push(plain);
    open = [];
  };
  let directive = -1;
  for (const line of lines.slice(frontMatterLines(lines))) {
    // Options, entries and text of a directive are indented below it.
    if (directive >= 0 && (line.trim() === '' || indentOf(line) > directive)) continue;
    directive = /^\s*\.\.\s/.test(line) ? indentOf(line) : -1;
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== '') {
      if (mark?.startsWith(fence)) fence = '';
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      close();
    } else if (
      /^ {0,3}(?:=+|-{2,}|([~^"'#*+.:`_])\1{3,})\s*$/.test(line) &&
      open.length > 0 &&
      open.length <= 2
    ) {
      open = []; // the lines above were a setext heading
    } else if (isBreak(line) || (open.length === 0 && /^(?: {4}|\t)/.test(line))) {
      close();
    } else {
      const entry = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.*)$/.exec(line);
      if (entry !== null) close();
      if (entry !== null && LINK_ONLY.test(entry[1]!)) continue;
      open.push((entry?.[1] ?? line).replace(/^\s*(?:>\s?)+/, '').trim());
    }
  }
  close();
  return found;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** A comment that is never closed takes the rest with it, as it does in a browser. */
function withoutComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = text.indexOf('<!--'); at >= 0; at = text.indexOf('<!--', from)) {
    kept.push(text.slice(from, at));
    const end = text.indexOf('-->', at);
    from = end < 0 ? text.length : end + 3;
  }
  kept.push(text.slice(from));
  return kept.join('');
}

/** Blank lines, headings, rules, table rows, link definitions, directives: they end a paragraph and are not prose. */
function isBreak(line: string): boolean {
  return /^\s*(?:$|#{1,6}(?:\s|$)|([-*_=~])(?:\s*\1){2,}\s*$|\||\[[^\]]+\]:\s|:{3}|\.\.(?:\s|$)|@\w+$|import\s.+from\s|:[A-Za-z][\w -]{0,30}:(?:\s|$)|(["'`^#+.:])\2{3,}\s*$)/.test(
    line,
  );
}

function joinLines(lines: readonly string[]): string {
  const parts: string[] = [];
  for (const line of lines) {
    const before = parts.at(-1)?.at(-1) ?? '';
    if (before !== '' && !(CJK_EDGE.test(before) && CJK_EDGE.test(line.charAt(0)))) parts.push(' ');
    if (line !== '') parts.push(line);
  }
  return parts.join('');
}

/** One line of Markdown as a reader sees it. Badges (linked images) and images vanish, links leave their text. */
function plainLine(line: string): string {
  const plain = line
    .replace(/:[a-z][\w:-]{0,30}:`([^`<]{0,200}?)\s{0,3}(?:<[^`<>]{0,200}>)?`/gi, '$1')
    .replace(/`([^`<]{1,200}?)\s{0,3}<[^`<>]{1,200}>`_{1,2}/g, '$1')
    .replace(/\[!\[[^[\]]*\](?:\([^()]*\)|\[[^[\]]*\])\](?:\([^()]*\)|\[[^[\]]*\])?/g, '')
    .replace(/!\[[^[\]]*\](?:\([^()]*\)|\[[^[\]]*\])/g, '')
    .replace(/^\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*/i, '')
    .replace(/<(https?:[^<>]*)>/g, '$1');
  return trimEndOf(plainHeading(plain).replace(/^[\s|·•:–—-]+/, ''), ' |·•');
}
