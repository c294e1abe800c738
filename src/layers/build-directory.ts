import { createHash } from 'node:crypto';
import type { Logger } from '../base/log.ts';
import type { ContentEntry, ContentStore } from '../content/contract.ts';
import type { Change } from '../records/index.ts';
import { buildDirectoryLayers, type DirectoryInput, type DirectoryLayers } from './directory-layers.ts';
import type { LayerRecord, LayerRecords, StoredNote } from './layer-records.ts';
import { entryStamp, isQuietName, joined, type Listing, listDirectory } from './listing.ts';
import { bareNote, type ChildNote, type DirectoryNote } from './note.ts';
import { readNote } from './read-note.ts';
import { readingOrder, speakerRank, spread } from './sample.ts';

/**
 * Entries of one directory that are read for its terms and titles. Only 32 are shown, but terms that many share say
 * more than terms of the few that happen to be shown; reading them all would not end in a large directory.
 */
const NOTED_ENTRIES = 200;
/** A person's abstract may be longer than ours, but a parent quotes no novel. */
export const PINNED_BYTES = 4 * 1024 * 1024;

export interface BuildContext {
  readonly content: ContentStore;
  readonly records: LayerRecords;
  readonly log: Logger;
  /** Notes by directory and entry that builds under way have made and not yet saved: another one need not read again. */
  readonly unsaved: Map<string, Map<string, StoredNote>>;
  /** Why a directory could not be described, if it could not. */
  failureOf(directory: string): string | undefined;
}

export interface BuiltDirectory {
  readonly layers: DirectoryLayers;
  /** What the layers were made of, for another telling of the same. */
  readonly input: DirectoryInput;
  /** Digest of `input`. */
  readonly from: string;
  /** Notes that were made or are no longer needed. */
  readonly noteChanges: readonly Change[];
  readonly files: readonly string[];
  readonly directories: readonly string[];
  readonly pinned: boolean;
  /** Some entries were only named because time ran out. */
  readonly partial: boolean;
}

/**
 * Layers of a directory from its listing, the kept notes of its files and the layers of its directories as they are.
 * After `deadline` (of `performance.now()`) further files are only named. Child failures are named, never thrown.
 */
export async function buildDirectory(
  context: BuildContext,
  listing: Listing,
  deadline: number,
): Promise<BuiltDirectory> {
  const { content, records } = context;
  const unsaved = context.unsaved.get(listing.path) ?? new Map<string, StoredNote>();
  context.unsaved.set(listing.path, unsaved);
  const noted = notedEntries(listing.visible);
  const children: ChildNote[] = [];
  const noteChanges: Change[] = [];
  let partial = false;
  for (const entry of noted) {
    if (entry.kind === 'directory') {
      children.push({ name: entry.name, kind: 'directory', note: await directoryNote(context, entry) });
      continue;
    }
    const stamp = entryStamp(entry);
    const made = unsaved.get(entry.name);
    const kept = made?.stamp === stamp ? made : await records.notes.get(entry.path);
    const isLate = kept?.stamp !== stamp && performance.now() >= deadline;
    partial ||= isLate;
    if (isLate) {
      children.push({ name: entry.name, kind: 'file', note: bareNote('text', entry.name, '') });
      continue;
    }
    const read = kept?.stamp === stamp ? kept : await readNote(content, entry, context.log);
    const { note, digest } = read;
    if (read !== kept || read === made) {
      unsaved.set(entry.name, { stamp, note, digest });
      noteChanges.push(records.notes.putting(entry.path, { stamp, note, digest }));
    }
    children.push({ name: entry.name, kind: 'file', note, digest });
  }
  const pinnedAbstract = await pinnedText(content, listing.pinnedAbstract);
  const directories = listing.visible.filter(({ kind }) => kind === 'directory').map(({ name }) => name);
  const input: DirectoryInput = {
    path: listing.path,
    children,
    files: listing.visible.length - directories.length,
    directories: directories.length,
    hidden: listing.hidden,
    ...(pinnedAbstract === undefined ? {} : { pinnedAbstract }),
  };
  return {
    layers: buildDirectoryLayers(input),
    input,
    from: inputDigest(input),
    noteChanges,
    files: children.filter(({ kind }) => kind === 'file').map(({ name }) => name),
    directories,
    pinned: pinnedAbstract !== undefined,
    partial,
  };
}

/** The text of a pinned layer; undefined when there is none, it is blank or it cannot be read. */
async function pinnedText(
  content: ContentStore,
  entry: ContentEntry | undefined,
): Promise<string | undefined> {
  if (entry === undefined) return undefined;
  try {
    const text = (await content.read(entry.path, PINNED_BYTES)).toString('utf8');
    return text.trim() === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The entries worth reading: a spread sample in reading order, and the file that speaks for the directory. */
function notedEntries(visible: readonly ContentEntry[]): readonly ContentEntry[] {
  const ordered = readingOrder(
    visible.map((entry) => ({
      name: entry.name,
      kind: entry.kind === 'directory' ? ('directory' as const) : ('file' as const),
      entry,
    })),
  ).map(({ entry }) => entry);
  const sample = spread(ordered, NOTED_ENTRIES);
  if (sample.length === ordered.length) return ordered;
  const kept = new Set(sample);
  for (const entry of ordered)
    if (entry.kind === 'file' && speakerRank(entry.name) !== undefined) kept.add(entry);
  return [...kept];
}

async function directoryNote(context: BuildContext, entry: ContentEntry): Promise<DirectoryNote> {
  const failure = context.failureOf(entry.path);
  const bare = { title: entry.name, abstract: '', terms: [] };
  if (failure !== undefined) return { ...bare, remark: `cannot be read (${failure})` };
  if (isQuietName(entry.name)) return { ...bare, remark: 'installed or compiled files, not described' };
  const record = await context.records.layers.get(entry.path);
  if (record === undefined) return { ...bare, remark: '' };
  // Described before anything was in it: nothing is better than saying that it is empty.
  if (isEmptyRecord(record) && (await holdsAnything(context.content, entry.path)))
    return { ...bare, remark: 'not described yet' };
  return { title: record.title, abstract: servedAbstract(record), terms: record.terms, remark: '' };
}

/** Whether a record speaks of a directory without visible entries. */
export function isEmptyRecord({ files, directories, pinned }: LayerRecord): boolean {
  return files.length + directories.length === 0 && !pinned;
}

async function holdsAnything(content: ContentStore, path: string): Promise<boolean> {
  try {
    return (await listDirectory(content, path)).visible.length > 0;
  } catch {
    return false;
  }
}

/** What readers get: a person's abstract, else a model's, else the extracted one. */
export function servedAbstract({ pinned, model, abstract }: LayerRecord): string {
  return pinned ? abstract : (model?.abstract ?? abstract);
}

/** Digest of all a parent takes from a directory. */
export function gistOf(record: LayerRecord): string {
  return digestOf([record.title, servedAbstract(record), record.terms]);
}

/** Digest of what a model would be told of a directory. */
function inputDigest({ path, children, files, directories, pinnedAbstract }: DirectoryInput): string {
  const told = children.map((child) => [
    child.name,
    child.kind,
    child.kind === 'file' ? (child.digest ?? '') : child.note.abstract,
  ]);
  return digestOf([path, files, directories, pinnedAbstract ?? '', told]);
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}

/** The record of a directory as built; what a model made of the same children stays. */
export function recordOf(
  { layers, from, files, directories, pinned }: BuiltDirectory,
  before: { readonly record: LayerRecord | undefined; readonly madeAt: number },
): LayerRecord {
  const model = before.record?.model?.from === from ? before.record.model : undefined;
  return {
    title: layers.title,
    abstract: layers.abstract,
    overview: layers.overview,
    pinned,
    terms: layers.terms,
    madeAt: before.madeAt,
    from,
    ...(model === undefined ? {} : { model }),
    files,
    directories,
  };
}

/** Changes that replace what is recorded of a directory, notes no longer needed included. */
export function changesOf(
  records: LayerRecords,
  listing: Listing,
  built: BuiltDirectory,
  { record, before }: { readonly record: LayerRecord; readonly before: LayerRecord | undefined },
): Change[] {
  const kept = new Set(built.files);
  const gone = (before?.files ?? []).filter((name) => !kept.has(name));
  return [
    ...built.noteChanges,
    ...gone.map((name) => records.notes.deleting(joined(listing.path, name))),
    records.layers.putting(listing.path, record),
  ];
}
