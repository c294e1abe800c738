import { stem, surfaceWords } from '../base/text/tokenize.ts';
import { isMergeable } from './categories.ts';
import type { Statement } from './classify.ts';
import { digest, normalText } from './normal-text.ts';

const SLUG_WORDS = 6;
const SLUG_MAX_CHARS = 48;
const KEY_WORDS = 10;

/**
 * Alternatives of one attribute, with its name: whoever names one of them speaks about the choice between them. Stems.
 */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'tabs-spaces': ['tab', 'space'],
  'dark-light': ['dark', 'light'],
  'single-double': ['singl', 'doubl'],
  length: ['short', 'long', 'brief', 'concis', 'verbos', 'ters'],
  formality: ['formal', 'inform', 'casual'],
  'metric-imperial': ['metric', 'imperi'],
  'rebase-merge': ['rebas', 'merg'],
  深浅: ['深色', '浅色', '暗色', '亮色'],
  长短: ['简短', '简洁', '详细'],
  缩进: ['空格', '制表符'],
};
const CHOICE_OF = new Map(
  Object.entries(CHOICES).flatMap(([name, stems]) => stems.map((one) => [one, name] as const)),
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

/**
 * Names what a statement is about, so that a later one about the same thing is known: its attribute where the rule has
 * one, else the words of its subject in any order and form, alternatives of one choice counted as one. Statements that
 * are never merged are about themselves.
 */
export function keyOf(statement: Statement): string {
  if (!isMergeable(statement.category)) return normalText(statement.text);
  if (statement.attribute !== undefined) return normalText(statement.attribute);
  const stems = new Set(topicWords(statement).map((word) => CHOICE_OF.get(stem(word)) ?? stem(word)));
  return stems.size === 0 ? normalText(statement.subject) : [...stems].slice(0, KEY_WORDS).sort().join(' ');
}

/**
 * A file name for a statement, without extension: words of its subject in any script. Statements with the same key
 * get the same name as far as words allow, so that the file is found without a search.
 */
export function slugOf(statement: Statement): string {
  const isOrdered = !isMergeable(statement.category) || statement.attribute !== undefined;
  const words = topicWords(statement).map((word) => CHOICE_OF.get(stem(word)) ?? word);
  const named = [...new Set(words.length > 0 ? words : normalText(statement.subject).split(' '))].slice(
    0,
    SLUG_WORDS,
  );
  if (!isOrdered) named.sort();
  let slug = '';
  for (const word of named) {
    const longer = slug === '' ? [...word].slice(0, SLUG_MAX_CHARS).join('') : `${slug}-${word}`;
    if (longer.length > SLUG_MAX_CHARS) break;
    slug = longer;
  }
  return slug === '' ? `note-${digest(statement.text).slice(0, 8)}` : slug;
}

/** "vim for commit messages" is about commit messages; anything else is about all its words. */
function topicWords({ subject }: Statement): string[] {
  const purpose = /^\S+ (?:for|as(?: my)?) (?<purpose>.{3,})$/i.exec(subject)?.groups?.['purpose'];
  return surfaceWords(purpose ?? subject).filter((word) => !POLARITY.has(stem(word)));
}
