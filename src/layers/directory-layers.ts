import { coverageTerms, type TermCount } from '../base/text/key-terms.ts';
import { abstractText } from './abstract-text.ts';
import type { Description } from './contract.ts';
import type { ChildNote, FileNote } from './note.ts';
import { overviewText } from './overview-text.ts';
import { type Place, placeOf } from './place.ts';
import { compareNames, readingOrder, speakerRank, spread } from './sample.ts';
import { STATE_CHARACTERS } from './state-line.ts';
import { clipSentence, oneLine } from './text.ts';

/** Hard caps of what is served, in characters (UTF-16 units). */
export const ABSTRACT_CHARACTERS = 256;
export const OVERVIEW_CHARACTERS = 4000;
/** Entries an overview shows; a larger directory is sampled, and its last line says so. */
const SHOWN_ENTRIES = 32;
/** Terms a directory hands to its parent. */
const DIRECTORY_TERMS = 60;

/** What a directory's layers are made from: nothing else goes in, so equal input gives equal text. */
export interface DirectoryInput {
  /** Content path, e.g. `default/resources/docs`: gives special directories their titles. */
  readonly path: string;
  /** Described children, in any order: all of them, or a sample of a very large directory. */
  readonly children: readonly ChildNote[];
  /** How many visible files and directories there are in all. */
  readonly files: number;
  readonly directories: number;
  /** Whether there are dot-entries, which are never listed. */
  readonly hidden: boolean;
  /** A person's abstract, which is then used instead of a generated one. */
  readonly pinnedAbstract?: string;
}

export interface DirectoryLayers {
  readonly title: string;
  /** L0: one paragraph, at most 256 characters (a pinned one is given back whole). */
  readonly abstract: string;
  /** L1: Markdown, at most 4000 characters. */
  readonly overview: string;
  readonly terms: readonly TermCount[];
}

/** What the two texts are written from. */
export interface Digested {
  readonly place: Place;
  readonly title: string;
  readonly lead: string;
  /** The file that speaks for the directory, if any. */
  readonly speaker: ChildNote | undefined;
  /** Children to name, in reading order. */
  readonly shown: readonly ChildNote[];
  readonly terms: readonly TermCount[];
  readonly input: DirectoryInput;
  /** A model's words on what is here and where to look. */
  readonly guide?: string;
}

/** L0 and L1 of a directory from what is known of its children. Pure and deterministic; never throws. */
export function buildDirectoryLayers(input: DirectoryInput): DirectoryLayers {
  const digested = digest(input);
  const abstract = input.pinnedAbstract?.trim() || abstractText(digested, ABSTRACT_CHARACTERS);
  const overview = overviewText(digested, abstract, OVERVIEW_CHARACTERS - STATE_CHARACTERS);
  return { title: digested.title, abstract, overview, terms: digested.terms };
}

/** The same two texts in a model's words: its abstract and its guide, over what is known of the children. */
export function retoldLayers(
  input: DirectoryInput,
  { abstract, guide }: Description,
): { abstract: string; overview: string } {
  const own = input.pinnedAbstract?.trim() || clipSentence(abstract, ABSTRACT_CHARACTERS);
  return {
    abstract: own,
    overview: overviewText({ ...digest(input), guide }, own, OVERVIEW_CHARACTERS - STATE_CHARACTERS),
  };
}

/** The children an overview names, in reading order. */
export function shownChildren(input: DirectoryInput): readonly ChildNote[] {
  return spread(readingOrder(input.children), SHOWN_ENTRIES);
}

function digest(input: DirectoryInput): Digested {
  const place = placeOf(input.path);
  const speaker = speakerOf(input.children);
  const isSkill = speaker?.name.toLowerCase() === 'skill.md';
  const spoken = speaker?.note as FileNote | undefined;
  const isOwnTitle = spoken !== undefined && spoken.title !== speaker!.name && spoken.kind !== 'code';
  const title = (place.kind === 'plain' || isSkill) && isOwnTitle ? spoken.title : place.title;
  const counted = tellingOf(place, input.children)
    .sort((a, b) => compareNames(a.name, b.name))
    .map(({ note }) => note.terms);
  return {
    place,
    title: oneLine(title) || place.title,
    lead: oneLine(leadOf(place, spoken)),
    speaker,
    shown: shownChildren(input),
    terms: coverageTerms(counted, DIRECTORY_TERMS),
    input,
  };
}

/** Of a session and its archives the conversation tells, not what is kept beside it about memories and tools. */
function tellingOf({ kind }: Place, children: readonly ChildNote[]): ChildNote[] {
  if (kind !== 'session' && kind !== 'archive') return [...children];
  return children.filter(({ name }) => name === 'messages.jsonl' || name === 'history');
}

function leadOf(place: Place, spoken: FileNote | undefined): string {
  // An index that only re-exports says nothing; its "Defines …" is in the contents anyway.
  const own = spoken === undefined || spoken.lead.startsWith('Defines ') ? '' : spoken.lead;
  if (place.purpose === '' || own === '') return place.purpose || own;
  return `${place.purpose} ${own}`;
}

function speakerOf(children: readonly ChildNote[]): ChildNote | undefined {
  let best: ChildNote | undefined;
  let rank = Number.POSITIVE_INFINITY;
  for (const child of children) {
    if (child.kind !== 'file' || child.note.kind === 'binary' || child.note.kind === 'unreadable') continue;
    const own = speakerRank(child.name);
    const isBetter = own !== undefined && (own < rank || (own === rank && child.name < best!.name));
    if (isBetter) [best, rank] = [child, own];
  }
  return best;
}
