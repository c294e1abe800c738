import { clip } from '../base/tokens.ts';

/** Text for one line of Markdown: no line breaks or control characters, valid Unicode. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** A name as code, exactly; one that would break the line or the code mark is quoted as JSON does. */
export function shownName(name: string): string {
  return /[`\p{Cc}\u2028\u2029]/u.test(name) ? JSON.stringify(name) : `\`${name}\``;
}

/** `12 files and 3 directories`. */
export function countText(files: number, directories: number): string {
  const parts = [
    ...(files > 0 ? [`${files} file${files === 1 ? '' : 's'}`] : []),
    ...(directories > 0 ? [`${directories} director${directories === 1 ? 'y' : 'ies'}`] : []),
  ];
  return parts.join(' and ');
}

/** `text` with a full stop unless it ends like a sentence. */
export function sentenceEnd(text: string): string {
  return /[.!?…:。！？]["')\]”’]*$/u.test(text) ? text : `${text}.`;
}

/** `text` cut to `limit` characters, after a whole sentence when that keeps most of it. */
export function clipSentence(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let end = 0;
  for (const { index } of text.slice(0, limit).matchAll(/[.!?](?=\s)|[。！？]/g)) end = index + 1;
  return end >= limit * 0.5 ? text.slice(0, end) : clip(text, limit);
}
