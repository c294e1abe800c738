import { segment } from '../base/text/sentences.ts';

/** A line that hands over text to work on: what follows is not the author speaking for themselves. */
const HANDOVER =
  /\b(?:translate|rewrite|rephrase|paraphrase|proofread|summari[sz]e|classify|correct|fix|improve|polish|shorten|edit|format|convert|parse|write|draft|compose|generate|complete|continue|role-?play|pretend|imagine|act as|explain|review|analy[sz]e|extract|here(?:'s| is| are)|following|example|quote|transcript|log|output|email|story|poem|dialog(?:ue)?|says?|said|wrote|told me)\b[^.!?]*[:\uff1a]\s*$|(?:翻译|改写|润色|总结|校对|修改|续写|写一|扮演|假装|解释|分析|提取|如下|下面|以下|例如|比如|说|写道)[^。!?\uff01\uff1f]*[:\uff1a]\s*$/iu;
/** From here on the author speaks in a part. */
const ROLE_PLAY =
  /^(?:please |now |let's |i want you to |can you )?(?:act as|pretend|imagine|role-?play|suppose|you are (?:an? |the )?\p{L}+|take the role)\b|^(?:请)?(?:你)?(?:扮演|假装|想象|假设你是)/iu;
const BULLET = /^\s*(?:[-*+•]|\d{1,3}[.)、])\s+(?:\[[ xX]\]\s+)?/;
/** A line longer than this is pasted, and so is what lies beyond this much text. */
const LINE_MAX_CHARS = 5_000;
const TEXT_MAX_CHARS = 100_000;
/** Where a line hands over, at its end. */
const HANDOVER_TAIL_CHARS = 300;
/** A line this long that does not end a sentence was wrapped. */
const WRAPPED_MIN_CHARS = 50;

/**
 * Sentences the author of a message says in their own voice, verbatim: code, quotations, pasted blocks and text that was
 * handed over to be worked on are left out.
 */
export function quotableSentences(text: string): string[] {
  const sentences = unwrapped(ownLines(text)).flatMap(outsideQuotes);
  const part = sentences.findIndex((sentence) => ROLE_PLAY.test(sentence));
  return part === -1 ? sentences : sentences.slice(0, part);
}

interface Line {
  readonly text: string;
  /** An entry of a list begins here: it does not go on from the line before. */
  readonly isEntry: boolean;
}

function ownLines(text: string): Line[] {
  const own: Line[] = [];
  let fence = '';
  let tag = '';
  const lines = text.slice(0, TEXT_MAX_CHARS).split(/\r?\n/);
  if (text.length > TEXT_MAX_CHARS) lines.pop(); // cut in the middle
  for (const line of lines) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== '') {
      if (mark?.startsWith(fence)) fence = '';
    } else if (tag !== '') {
      if (line.includes(`</${tag}`)) tag = '';
    } else if (mark !== undefined) {
      fence = mark;
    } else if (opensBlock(line) !== undefined) {
      tag = opensBlock(line) ?? '';
    } else {
      if (line.length <= LINE_MAX_CHARS && !/^(?: {4}|\t|\s*[>|])/.test(line)) {
        own.push({ text: line.replace(BULLET, '').trim(), isEntry: BULLET.test(line) });
      }
      if (HANDOVER.test(line.slice(-HANDOVER_TAIL_CHARS))) return own;
    }
  }
  return own;
}

/** The name of a tag that opens here and does not close on the same line. */
function opensBlock(line: string): string | undefined {
  const name = /^\s*<([A-Za-z][\w-]*)(?:\s[^>]*)?>/.exec(line)?.[1];
  return name === undefined || line.includes(`</${name}`) ? undefined : name;
}

/** Joins lines that were wrapped in the middle of a sentence. */
function unwrapped(lines: readonly Line[]): string[] {
  const joined: string[] = [];
  let isOpen = false;
  for (const { text, isEntry } of lines) {
    const goesOn = isOpen && !isEntry && /^[\p{Ll}\d(`"']/u.test(text);
    if (goesOn) joined[joined.length - 1] += ` ${text}`;
    else if (text !== '') joined.push(text);
    isOpen = text.length >= WRAPPED_MIN_CHARS && !/[.!?:;。\uff01\uff1f\uff1a\uff1b]$/u.test(text);
  }
  return joined;
}

const OPENING = /["“「『«]/gu;
const CLOSING = /["”」』»]/gu;

/** Sentences of one paragraph that neither begin in a quotation nor with one. */
function outsideQuotes(paragraph: string): string[] {
  const own: string[] = [];
  let depth = 0;
  for (const sentence of segment(paragraph)) {
    if (depth === 0 && !/^["“'‘「『«]/u.test(sentence)) own.push(sentence);
    depth = depthAfter(sentence, depth);
  }
  return own;
}

/** Straight quotes open and close in turn; the others say which they are. */
function depthAfter(sentence: string, before: number): number {
  const straight = sentence.match(/"/g)?.length ?? 0;
  const opened = (sentence.match(OPENING)?.length ?? 0) - straight;
  const closed = (sentence.match(CLOSING)?.length ?? 0) - straight;
  const isOdd = straight % 2 === 1;
  return Math.max(0, before + opened - closed + (isOdd ? (before > 0 ? -1 : 1) : 0));
}
