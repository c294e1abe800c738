import type { TermCount } from '../base/text/key-terms.ts';
import { stem, tokenize } from '../base/text/tokenize.ts';
import { clip } from '../base/tokens.ts';
import type { Digested } from './directory-layers.ts';
import type { ChildNote, FileNote } from './note.ts';
import { compareNames, readingOrder } from './sample.ts';
import { countText, oneLine, sentenceEnd } from './text.ts';
import { coveringPhrases, type Subject } from './title-cover.ts';

/**
 * What title and lead may take when the names of all children do not fit beside them, and when they do. What is in it leads
 * to a directory better than what it is: with half of the room for the lead and key terms of the texts, routing over seven
 * trees had a mean MRR of 0.66, with this 0.71.
 */
const HEAD_SHARE = 0.36;
const HEAD_SHARE_MOST = 0.5;
const TITLE_CHARACTERS = 80;
const PHRASE_CHARACTERS = 40;
/** What `withTerms` adds. */
const TERMS_AT_END = /\s*Key terms: [^.]*\.?$/;

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
  const newest = place.kind === 'history' ? newestArchive(directory) : undefined;
  if (newest !== undefined) {
    const many = input.directories === 1 ? '1 archive' : `${input.directories} archives`;
    const summary = newest.abstract.replace(TERMS_AT_END, '');
    const text = sentenceEnd(`${name}: ${many}, the newest: ${summary}`);
    return withTerms(clip(text, limit), newest.terms, limit);
  }
  const about = sentenceEnd(lead === '' ? name : `${name}: ${lead}`);
  const whole = wholeContents(directory, name);
  const spare = whole === undefined ? 0 : limit - whole.length - 1;
  const share = Math.max(
    Math.floor(limit * HEAD_SHARE),
    Math.min(spare, Math.floor(limit * HEAD_SHARE_MOST)),
  );
  const head = clip(about, share);
  const room = limit - head.length - 1;
  const contents =
    whole !== undefined && whole.length <= room ? whole : coveredContents(directory, room, head);
  return withTerms(clip(`${head} ${contents}`.trim(), limit), terms, limit);
}

/** The live conversation of a session, or what an archive holds; an empty one falls back to the newest archive. */
function conversationIn({ input }: Digested): { lead: string; terms: readonly TermCount[] } | undefined {
  const live = input.children.find(({ name }) => name === 'messages.jsonl');
  if (live?.kind === 'file' && live.note.kind === 'conversation')
    return { lead: live.note.lead, terms: live.note.terms };
  const history = input.children.find(({ name, kind }) => name === 'history' && kind === 'directory');
  if (history === undefined || history.kind !== 'directory' || history.note.abstract === '') return undefined;
  const { title, abstract, terms } = history.note;
  const own = abstract.replace(TERMS_AT_END, '');
  const archives = own.startsWith(`${title}: `) ? own.slice(title.length + 2) : own;
  return { lead: `no live messages. ${archives}`, terms };
}

/** What the newest archive that is described says of itself; its summary is the abstract. */
function newestArchive({ input }: Digested): { abstract: string; terms: readonly TermCount[] } | undefined {
  const archives = input.children.flatMap(({ name, kind, note }) =>
    kind === 'directory' && note.abstract !== '' ? [{ name, note }] : [],
  );
  return archives.sort((a, b) => a.name.length - b.name.length || compareNames(a.name, b.name)).at(-1)?.note;
}

/** Names of all children; undefined when only a sample of them is known. */
function wholeContents(directory: Digested, name: string): string | undefined {
  const { input } = directory;
  if (input.children.length < input.files + input.directories) return undefined;
  const titles = [...new Set(namedChildren(directory).map((child) => childTitle(child, TITLE_CHARACTERS)))];
  const fresh = titles.filter((title) => title !== '' && title !== name);
  const count = countText(input.files, input.directories);
  return fresh.length === 0 ? `${count}.` : `${count}: ${fresh.join(', ')}.`;
}

/** What says the most of all names in the room there is: some of them, and words that many share. */
function coveredContents(directory: Digested, room: number, head: string): string {
  const { input } = directory;
  const count = countText(input.files, input.directories);
  const subjects = namedChildren(directory).map(subjectOf);
  const chosen = coveringPhrases(subjects, {
    said: new Set(tokenize(head)),
    faint: new Set(tokenize(input.path)),
    room: room - count.length - ': and more on .'.length,
  });
  const order = new Map(subjects.map(({ phrase }, at) => [phrase, at]));
  const names = chosen.filter((text) => order.has(text)).sort((a, b) => order.get(a)! - order.get(b)!);
  const words = chosen.filter((text) => !order.has(text)).join(', ');
  if (names.length === 0) return words === '' ? `${count}.` : `${count} on ${words} and more.`;
  return `${count}: ${names.join(', ')} and more${words === '' ? '' : ` on ${words}`}.`;
}

/** All that is known of the children but the one that speaks for the directory, in reading order. */
function namedChildren({ input, speaker }: Digested): ChildNote[] {
  return readingOrder(input.children).filter((child) => child !== speaker);
}

function subjectOf(child: ChildNote): Subject {
  const phrase = childTitle(child, PHRASE_CHARACTERS);
  const note = child.note as Partial<FileNote> & ChildNote['note'];
  const isCode = child.kind === 'file' && note.kind === 'code' && !note.lead?.startsWith('Defines ');
  return {
    phrase,
    text: isCode && note.lead ? `${note.lead} ${phrase}` : childTitle(child, TITLE_CHARACTERS),
  };
}

function childTitle(child: ChildNote, limit: number): string {
  const dot = child.name.lastIndexOf('.');
  const bare = child.kind === 'file' && dot > 0 ? child.name.slice(0, dot) : child.name;
  const note = child.note as Partial<FileNote> & ChildNote['note'];
  const isProse = child.kind === 'directory' || note.kind === 'markdown' || note.kind === 'text';
  return clip(oneLine(isProse && note.title !== '' && note.title !== child.name ? note.title : bare), limit);
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
