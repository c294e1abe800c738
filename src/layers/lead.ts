import { paragraphs, segment } from '../base/text/sentences.ts';
import { clip } from '../base/tokens.ts';
import { LEAD_CHARACTERS } from './note.ts';

const LICENCE =
  /copyright|licen[cs]ed? under|spdx-license|all rights reserved|permission is hereby granted|apache license|see (?:the )?licen[cs]e|redistribution and use|without warranty|gnu general public/i;
const CJK = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/gu;
/** A sentence this short may be a sub-title ("It works."): the next one is taken along. */
const SHORT_SENTENCE = 40;
/** Far more than a lead keeps. */
const SENTENCE_CHARACTERS = 2000;

/** The first real sentence of prose in Markdown or plain text: not a badge, menu, licence or list of links. */
export function leadOf(text: string): string {
  let second = '';
  for (const paragraph of paragraphs(text)) {
    if (LICENCE.test(paragraph)) continue;
    const words = wordCount(paragraph);
    const isSentence = paragraph.length > 60 || /[.!?:。！？：…]["')\]”’]{0,4}$/u.test(paragraph.slice(-6));
    const isProse = words >= 4 && isSentence && !isMenu(paragraph);
    if (isProse) return leadSentence(paragraph);
    if (second === '' && words >= (isSentence ? 2 : 3) && !isMenu(paragraph)) second = paragraph;
  }
  return clip(second, LEAD_CHARACTERS);
}

/** The first sentence of a plain paragraph, and the second when the first says little. */
export function leadSentence(paragraph: string): string {
  const [first = '', second] = segment(paragraph.slice(0, SENTENCE_CHARACTERS));
  const lead = first.length < SHORT_SENTENCE && second !== undefined ? `${first} ${second}` : first;
  return clip(lead, LEAD_CHARACTERS);
}

/** Words, a CJK character counting as half of one. */
function wordCount(text: string): number {
  const cjk = text.match(CJK)?.length ?? 0;
  return (text.replace(CJK, ' ').match(/[\p{L}\p{N}]+/gu)?.length ?? 0) + cjk / 2;
}

/** `English | 中文 | Docs · Discord`: separated labels, not a sentence. */
function isMenu(paragraph: string): boolean {
  return (
    (paragraph.match(/ [|·•/] /g)?.length ?? 0) >= 2 ||
    /^skip to\b/i.test(paragraph) ||
    /^https?:\/\/\S+$/.test(paragraph)
  );
}

export function isLicence(text: string): boolean {
  return LICENCE.test(text);
}
