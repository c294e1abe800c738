import { createHash } from 'node:crypto';
import { surfaceWords, tokenize } from '../base/text/tokenize.ts';
import { isMergeable } from './categories.ts';
import type { Statement } from './classify.ts';

const SLUG_WORDS = 6;
const SLUG_MAX_CHARS = 48;
const KEY_TERMS = 10;

/** Alternatives of one attribute: whoever names one of them speaks about the choice between them. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  ['tab', 'space'],
  ['dark', 'light'],
  ['singl', 'doubl'],
  ['short', 'long', 'brief', 'concis', 'detail', 'vebos', 'verbos', 'terse'],
  ['formal', 'inform', 'casual'],
  ['metric', 'imperi'],
  ['celsiu', 'fahrenheit'],
  ['morn', 'even', 'afternoon'],
  ['rebas', 'merg'],
  ['深色', '浅色', '暗色', '亮色'],
  ['简短', '简洁', '详细'],
  ['空格', '制表符'],
];
const ALTERNATIVE_OF = new Map(
  ALTERNATIVES.flatMap((words) => words.map((word) => [word, words.join('|')] as const)),
);

/** Words that turn a statement round without changing what it is about. */
const POLARITY = new Set([
  'alwai',
  'never',
  'not',
  'prefer',
  'like',
  'hate',
  'love',
  'avoid',
  'stop',
  'pleas',
  'onli',
]);

/** Text as compared for being the same: compatibility forms, lower case, letters and digits only. */
export function normalText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * Names what a statement is about, so that a later one about the same thing is known: its attribute where the rule has
 * one, else the terms of its subject in any order, alternatives of one choice counted as one. Statements that are never
 * merged are about themselves.
 */
export function keyOf(statement: Statement): string {
  if (!isMergeable(statement.category)) return normalText(statement.text);
  if (statement.attribute !== undefined) return normalText(statement.attribute);
  const purpose = /^\S+ (?:for|as(?: my)?) (?<purpose>.{3,})$/i.exec(statement.subject)?.groups?.['purpose'];
  const terms = new Set(
    tokenize(purpose ?? statement.subject)
      .filter((term) => !POLARITY.has(term))
      .map((term) => ALTERNATIVE_OF.get(term) ?? term),
  );
  if (terms.size === 0) return normalText(statement.subject);
  return [...terms].slice(0, KEY_TERMS).sort().join(' ');
}

/** A file name for a statement, without extension: words of its subject in any script. */
export function slugOf(statement: Statement): string {
  const words = surfaceWords(statement.subject).slice(0, SLUG_WORDS);
  const named = words.length > 0 ? words : normalText(statement.subject).split(' ').slice(0, SLUG_WORDS);
  let slug = '';
  for (const word of named) {
    const longer = slug === '' ? [...word].slice(0, SLUG_MAX_CHARS).join('') : `${slug}-${word}`;
    if (longer.length > SLUG_MAX_CHARS) break;
    slug = longer;
  }
  return slug === '' ? `note-${digest(statement.text).slice(0, 8)}` : slug;
}

/** Short digest for comparing and naming. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
