import { segment } from '../../base/text/sentences.ts';
import { clipSentence, oneLine } from '../text.ts';

const SUMMARY_LEAST = 8;
/** Words of a model about itself, or of one that did not do what it was asked. */
const ABOUT_ITSELF =
  /\b(?:as an ai\b|i (?:cannot|can't|am unable to)|i'm sorry|here (?:is|are) (?:the|a) (?:summar|abstract|descri))/i;

/**
 * `text` as one line of true sentences in at most `limit` characters; empty when nothing usable is left. A sentence with a
 * name that `source` does not have is invented and goes; so does everything in another script than the source's.
 */
export function checkedText(text: string, source: string, limit: number): string {
  const line = oneLine(withoutMarkup(text));
  if (ABOUT_ITSELF.test(line) || !isSameScript(line, source)) return '';
  const known = source.toLowerCase();
  const kept = segment(line).filter((sentence) =>
    namesIn(sentence).every((name) => known.includes(name.toLowerCase())),
  );
  const checked = clipSentence(oneLine(kept.join(' ')), limit);
  return checked.length < SUMMARY_LEAST ? '' : checked;
}

/** Headings, fences, list marks and front matter are not for one paragraph. */
function withoutMarkup(text: string): string {
  return text
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replace(/^```.*$/gm, '')
    .replace(/^[ \t]*(?:#{1,6}|[-*+]|\d+\.)[ \t]+/gm, '')
    .replace(/\*\*([^*\n]+)\*\*/g, '$1');
}

/** What a sentence claims to exist: whatever is in backticks, and words that look like file names, paths or addresses. */
function namesIn(sentence: string): string[] {
  const quoted = [...sentence.matchAll(/`([^`]+)`/g)].map(([, name]) => name!.replace(/\/$/, '').trim());
  const bare = sentence
    .replace(/`[^`]*`/g, ' ')
    .match(/https?:\/\/[^\s)>\]]+|[\w-]+\.[a-z]{1,5}\b(?!\.)|[\w.-]+\/[\w./-]+/gi);
  // `e.g.` and `i.e.` look like file names.
  return [...quoted, ...(bare ?? []).map((name) => name.replace(/[./]+$/, ''))].filter(
    (name) => name.length > 3 || quoted.includes(name),
  );
}

const SCRIPTS = [
  /\p{Script=Latin}/gu,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  /\p{Script=Hangul}/gu,
  /\p{Script=Cyrillic}/gu,
  /\p{Script=Arabic}/gu,
  /\p{Script=Hebrew}/gu,
  /\p{Script=Greek}/gu,
  /\p{Script=Devanagari}/gu,
  /\p{Script=Thai}/gu,
];

/** Letters of a script that carry a word each weigh more: a Chinese text with Latin names is Chinese. */
const WORDS_PER_LETTER = [0.2, 0.6, 0.5, 0.2, 0.2, 0.25, 0.2, 0.25, 0.25];

/** Whether the text is mostly in a script that the source has a fair share of. */
function isSameScript(text: string, source: string): boolean {
  const spoken = shares(text);
  const given = shares(source);
  const main = spoken.indexOf(Math.max(...spoken));
  return spoken[main] === 0 || given.every((share) => share === 0) || given[main]! >= 0.25;
}

function shares(text: string): number[] {
  const counts = SCRIPTS.map((script, at) => (text.match(script)?.length ?? 0) * WORDS_PER_LETTER[at]!);
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.map((count) => (sum === 0 ? 0 : count / sum));
}
