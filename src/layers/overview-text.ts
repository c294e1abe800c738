import { clip } from '../base/tokens.ts';
import type { Digested } from './directory-layers.ts';
import type { ChildNote, FileNote } from './note.ts';
import { humanised } from './place.ts';
import { samplingLine } from './state-line.ts';
import { clipSentence, countText, oneLine, shownName } from './text.ts';

const TERMS = 40;
/** What the contents may take of the whole when there is more to say after them. */
const CONTENTS_SHARE = 0.65;
/** Below this a description only starts and stops. */
const LINE_CHARACTERS_LEAST = 48;
const GIST_CHARACTERS = 1800;
const GUIDE_CHARACTERS = 900;
/** A person's abstract may be a page: at the head of its own overview it may be long, in a parent's list it is one line. */
const ABSTRACT_MOST = 1000;
const LINE_CHARACTERS_MOST = 320;

/**
 * L1 in at most `limit` characters: title, abstract, what is here and where to begin, a line per child, key terms, then
 * headings and symbols until the room is used. No name in it is cut or invented.
 */
export function overviewText(directory: Digested, abstract: string, limit: number): string {
  const { title, input, shown } = directory;
  const parts = [`# ${clip(title, 120)}`, clip(abstract, Math.min(ABSTRACT_MOST, Math.floor(limit / 2)))];
  const entries = input.files + input.directories;
  if (entries === 0) return parts.join('\n\n');
  parts.push(whereToLook(directory));
  // The last line is reserved first: it must be there when fewer are shown than exist.
  const reserved = 2 + samplingLine({ shown: shown.length, entries }).length;
  const room = (): number => limit - reserved - parts.join('\n\n').length - 2;
  const contents = contentsLines(shown, Math.min(room(), Math.floor(limit * CONTENTS_SHARE)));
  parts.push(['## Contents', ...contents].join('\n'));
  const gist = gistText(directory, Math.min(room(), GIST_CHARACTERS));
  if (gist !== '') parts.push(gist);
  const terms = termsText(directory, room());
  if (terms !== '') parts.push(terms);
  const outline = outlineText(shown, room());
  if (outline !== '') parts.push(outline);
  if (contents.length < entries) parts.push(samplingLine({ shown: contents.length, entries }));
  return parts.join('\n\n');
}

function whereToLook({ input, speaker, place, guide }: Digested): string {
  const count = `${countText(input.files, input.directories)}.`;
  if (guide !== undefined && guide !== '') return `${clipSentence(oneLine(guide), GUIDE_CHARACTERS)}`;
  const isGuide = speaker !== undefined && !/\.(?:json|py|rs|go|[mc]?[tj]sx?|java)$/.test(speaker.name);
  if (isGuide) return `${count} Start with ${shownName(speaker.name)}.`;
  const isSession = place.kind === 'session' && input.children.some(({ name }) => name === 'messages.jsonl');
  return isSession ? `${count} The conversation is in \`messages.jsonl\`.` : count;
}

/** A line per child. Room is shared so that short lines leave theirs to long ones; names are never cut. */
function contentsLines(shown: readonly ChildNote[], room: number): string[] {
  const heading = '## Contents'.length;
  const lines = shown.map((child) => ({ name: `- ${childName(child)}`, about: describe(child) }));
  const natural = lines.map(({ name, about }) => name.length + (about === '' ? 0 : 3 + about.length) + 1);
  const fair = fairCap(
    natural.map((length) => Math.min(length, LINE_CHARACTERS_MOST)),
    room - heading,
  );
  const cap = Math.min(LINE_CHARACTERS_MOST, Math.max(LINE_CHARACTERS_LEAST, fair));
  const written: string[] = [];
  let used = heading;
  for (const { name, about } of lines) {
    const left = Math.max(0, cap - name.length - 4);
    const line = about === '' || left < 12 ? name : `${name} — ${clipSentence(about, left)}`;
    if (used + line.length + 1 > room) continue;
    written.push(line);
    used += line.length + 1;
  }
  return written;
}

/** The cap `c` for which the lengths, each cut to `c`, just fit in `room`. */
function fairCap(lengths: readonly number[], room: number): number {
  const sorted = [...lengths].sort((a, b) => a - b);
  let left = room;
  for (const [at, length] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - at));
    if (length > share) return share;
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}

function childName({ name, kind }: ChildNote): string {
  return shownName(kind === 'directory' ? `${name}/` : name);
}

function describe(child: ChildNote): string {
  const { note, name } = child;
  if (child.kind === 'directory') return withoutName(oneLine(child.note.abstract || child.note.remark), name);
  const { lead } = note as FileNote;
  const title = note.title === name ? '' : note.title;
  const said = title === '' ? lead : lead === '' || lead === title ? title : `${title}: ${lead}`;
  if (note.remark === '') return oneLine(said);
  return oneLine(said === '' ? note.remark : `${note.remark}. ${said}`);
}

/** An abstract begins with its title; after a name that says the same it need not. */
function withoutName(abstract: string, name: string): string {
  const title = humanised(name);
  const rest = abstract.startsWith(title) ? /^[:.] (.+)$/.exec(abstract.slice(title.length))?.[1] : undefined;
  return rest === undefined ? abstract : rest.charAt(0).toUpperCase() + rest.slice(1);
}

function gistText({ input }: Digested, room: number): string {
  const talk = input.children.find(({ name }) => name === 'messages.jsonl');
  const gist = talk?.kind === 'file' ? (talk.note.gist ?? []) : [];
  const lines: string[] = [];
  let used = '## What was said'.length;
  for (const sentence of gist) {
    const line = `- ${clip(oneLine(sentence), 220)}`;
    if (used + line.length + 1 > room) break;
    lines.push(line);
    used += line.length + 1;
  }
  return lines.length === 0 ? '' : ['## What was said', ...lines].join('\n');
}

function termsText({ terms, input }: Digested, room: number): string {
  const talk = input.children.find(({ name }) => name === 'messages.jsonl');
  const own = talk === undefined ? terms : talk.note.terms;
  let line = '';
  for (const { word } of own.slice(0, TERMS)) {
    const next = line === '' ? `Key terms: ${word}` : `${line}, ${word}`;
    if (next.length + 1 > room) break;
    line = next;
  }
  return line === '' ? '' : `${line}.`;
}

/** Headings and symbols of the shown files, a line per file: upper levels of all files before lower levels of any. */
function outlineText(shown: readonly ChildNote[], room: number): string {
  const files = shown.flatMap((child) =>
    child.kind === 'file' && child.note.outline.length > 0 ? [child] : [],
  );
  const heading = '## Outline';
  const taken = new Map<string, Set<number>>();
  let used = heading.length;
  for (let level = 1; level <= 6; level++) {
    for (let at = 0; at < 32; at++) {
      for (const { name, note } of files) {
        const entry = note.outline[at];
        if (entry === undefined || entry.level !== level) continue;
        const chosen = taken.get(name) ?? new Set<number>();
        const cost = entry.title.length + 2 + (chosen.size === 0 ? `\n- ${shownName(name)}: `.length : 0);
        if (used + cost > room) continue;
        used += cost;
        taken.set(name, chosen.add(at));
      }
    }
  }
  const lines = files.flatMap(({ name, note }) => {
    const chosen = note.outline.filter((_, at) => taken.get(name)?.has(at));
    return chosen.length === 0
      ? []
      : [`- ${shownName(name)}: ${chosen.map(({ title }) => oneLine(title)).join('; ')}`];
  });
  return lines.length === 0 ? '' : [heading, ...lines].join('\n');
}
