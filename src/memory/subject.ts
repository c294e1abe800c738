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
  length: ['short', 'long', 'brief', 'concis', 'verbos', 'ters', 'detail'],
  formality: ['formal', 'inform', 'casual'],
  'metric-imperial': ['metric', 'imperi'],
  'rebase-merge': ['rebas', 'merg'],
};
const CHOICE_OF = new Map(
  Object.entries(CHOICES).flatMap(([name, stems]) => stems.map((one) => [one, name] as const)),
);

/** The same choices in Chinese, put into their English word before words are told apart. */
const CHINESE_CHOICES: readonly (readonly [RegExp, string])[] = [
  [/深色|暗色|暗黑|黑暗/g, ' dark '],
  [/浅色|亮色|明亮/g, ' light '],
  [/简短|简洁|精简/g, ' short '],
  [/详细|详尽/g, ' detailed '],
  [/空格/g, ' spaces '],
  [/制表符/g, ' tabs '],
  [/公制/g, ' metric '],
  [/英制/g, ' imperial '],
];

/** Words that turn a statement round, or join it, without changing what it is about. */
const POLARITY = new Set(
  'alwai never not prefer like hate love avoid stop pleas onli 的 了 用 使用 和 在 请 总是 不要 喜欢'.split(
    ' ',
  ),
);

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
  const plain = CHINESE_CHOICES.reduce(
    (text, [words, choice]) => text.replace(words, choice),
    purpose ?? subject,
  );
  return surfaceWords(plain).filter((word) => !POLARITY.has(stem(word)));
}
