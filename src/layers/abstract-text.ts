import type { TermCount } from '../base/text/key-terms.ts';
import { stem, tokenize } from '../base/text/tokenize.ts';
import { clip } from '../base/tokens.ts';
import type { Digested } from './directory-layers.ts';
import type { ChildNote, FileNote } from './note.ts';
import { countText, oneLine, sentenceEnd } from './text.ts';

/** Shares of an abstract: what it is, what is in it; key terms take the rest. */
const HEAD_SHARE = 0.5;
const CONTENTS_SHARE = 0.5;
const CHILD_TITLE_CHARACTERS = 32;

/** L0 in at most `limit` characters: `title: lead. 12 files: titles and n more. Key terms: ….` One paragraph. */
export function abstractText(directory: Digested, limit: number): string {
  const { place, title, lead, speaker, input, terms } = directory;
  const name = clip(title, 80);
  if (input.files + input.directories === 0) {
    const nothing = input.hidden ? 'only hidden entries' : 'empty';
    return clip(
      `${name}: ${place.purpose === '' ? `${nothing}.` : `${place.purpose} Now ${nothing}.`}`,
      limit,
    );
  }
  if (speaker?.name.toLowerCase() === 'skill.md' && lead !== '') {
    return withTerms(clip(sentenceEnd(`${name}: ${lead}`), limit), terms, limit);
  }
  if (place.kind === 'session' || place.kind === 'archive') {
    const said = conversationIn(directory);
    if (said !== undefined)
      return withTerms(clip(sentenceEnd(`${name}: ${said.lead}`), limit * 0.7), said.terms, limit);
  }
  const head = clip(sentenceEnd(lead === '' ? name : `${name}: ${lead}`), Math.floor(limit * HEAD_SHARE));
  const contents = contentsText(directory, Math.floor(limit * CONTENTS_SHARE), head);
  return withTerms(clip(`${head} ${contents}`.trim(), limit), terms, limit);
}

/** The live conversation of a session, or what an archive holds; an empty one falls back to the newest archive. */
function conversationIn({ input }: Digested): { lead: string; terms: readonly TermCount[] } | undefined {
  const live = input.children.find(({ name }) => name === 'messages.jsonl');
  if (live?.kind === 'file' && live.note.kind === 'conversation')
    return { lead: live.note.lead, terms: live.note.terms };
  const history = input.children.find(({ name, kind }) => name === 'history' && kind === 'directory');
  if (history === undefined || history.kind !== 'directory' || history.note.abstract === '') return undefined;
  return { lead: `no live messages. ${history.note.abstract}`, terms: history.note.terms };
}

function contentsText({ shown, speaker, input }: Digested, limit: number, head: string): string {
  const count = countText(input.files, input.directories);
  const titles = shown.filter((child) => child !== speaker).map(childTitle);
  const seen = new Set<string>();
  const fresh = titles.filter((title) => {
    const isNew = title !== '' && !seen.has(title) && !head.includes(title);
    seen.add(title);
    return isNew;
  });
  let named = '';
  let used = 0;
  for (const title of fresh) {
    const next = named === '' ? title : `${named}, ${title}`;
    if (count.length + 2 + next.length + ' and 10000 more.'.length > limit) break;
    named = next;
    used++;
  }
  if (used === 0) return `${count}.`;
  const more = fresh.length - used + (input.files + input.directories - shown.length);
  return `${count}: ${named}${more > 0 ? ` and ${more} more` : ''}.`;
}

function childTitle(child: ChildNote): string {
  const dot = child.name.lastIndexOf('.');
  const bare = child.kind === 'file' && dot > 0 ? child.name.slice(0, dot) : child.name;
  const note = child.note as Partial<FileNote> & ChildNote['note'];
  const isProse = child.kind === 'directory' || note.kind === 'markdown' || note.kind === 'text';
  return clip(
    oneLine(isProse && note.title !== '' && note.title !== child.name ? note.title : bare),
    CHILD_TITLE_CHARACTERS,
  );
}

/** Adds the key terms that the text does not say yet, as many as fit. */
export function withTerms(text: string, terms: readonly TermCount[], limit: number): string {
  const said = new Set(tokenize(text));
  let line = '';
  for (const { word } of terms) {
    if (said.has(stem(word))) continue;
    const next = line === '' ? `Key terms: ${word}` : `${line}, ${word}`;
    if (text.length + 1 + next.length + 1 > limit) {
      if (limit - text.length - line.length < 8) break;
      continue;
    }
    line = next;
  }
  return line === '' ? text : `${text} ${line}.`;
}
