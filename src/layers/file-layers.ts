import { clip } from '../base/tokens.ts';
import { withTerms } from './abstract-text.ts';
import { ABSTRACT_CHARACTERS, OVERVIEW_CHARACTERS } from './directory-layers.ts';
import type { FileNote } from './note.ts';
import { clipSentence, oneLine, sentenceEnd } from './text.ts';

const TERMS = 24;

/** L0 and L1 of one file, from its note; `summary` is a model's, in place of the extracted lead. */
export function fileLayers(
  name: string,
  note: FileNote,
  summary: string | undefined,
): { readonly abstract: string; readonly overview: string } {
  const title = oneLine(note.title) || name;
  const lead = oneLine(summary || note.lead);
  const about = [note.remark === '' ? '' : sentenceEnd(note.remark), lead]
    .filter((part) => part !== '')
    .join(' ');
  const said = about === '' ? title : `${title}: ${about}`;
  const head = clipSentence(sentenceEnd(said), Math.floor(ABSTRACT_CHARACTERS * 0.7));
  const abstract = withTerms(head, note.terms, ABSTRACT_CHARACTERS);
  const parts = [`# ${clip(title, 120)}`, about === '' ? abstract : sentenceEnd(about)];
  if (note.gist !== undefined && note.gist.length > 0)
    parts.push(['## What was said', ...note.gist.map((sentence) => `- ${oneLine(sentence)}`)].join('\n'));
  if (note.outline.length > 0) {
    const lines = note.outline.map(
      ({ level, title: heading }) => `${'  '.repeat(level - 1)}- ${oneLine(heading)}`,
    );
    parts.push(['## Outline', ...lines].join('\n'));
  }
  const terms = note.terms.slice(0, TERMS).map(({ word }) => word);
  if (terms.length > 0) parts.push(`Key terms: ${terms.join(', ')}.`);
  return { abstract, overview: clipLines(parts.join('\n\n'), OVERVIEW_CHARACTERS) };
}

/** Cut after a whole line: no heading is left half. */
function clipLines(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = text.lastIndexOf('\n', limit);
  return end > 0 ? text.slice(0, end).trimEnd() : clip(text, limit);
}
