import { createHash } from 'node:crypto';
import type { ContentEntry, ContentStore } from '../content/contract.ts';
import { ABSTRACT, isStagingName, OVERVIEW } from '../uri/index.ts';

/** One directory as its layers see it: one readdir and a stat of each entry. */
export interface Listing {
  readonly path: string;
  /** Entries whose name does not begin with a dot, by name. */
  readonly visible: readonly ContentEntry[];
  readonly hidden: boolean;
  /** A person's `.abstract.md` and `.overview.md`, when they are regular files. */
  readonly pinnedAbstract: ContentEntry | undefined;
  readonly pinnedOverview: ContentEntry | undefined;
}

/** Trees of installed or compiled things: described on demand, never in the background. */
const QUIET_NAMES = new Set(['node_modules', '__pycache__', 'bower_components']);

/** @throws NOT_FOUND, NOT_DIRECTORY, PERMISSION_DENIED */
export async function listDirectory(content: ContentStore, path: string): Promise<Listing> {
  const entries = await content.list(path);
  const dotted = entries.filter(({ name }) => name.startsWith('.') && !isStagingName(name));
  const pinned = (name: string): ContentEntry | undefined =>
    dotted.find((entry) => entry.name === name && entry.kind === 'file');
  return {
    path,
    visible: entries.filter(({ name }) => !name.startsWith('.')),
    hidden: dotted.length > 0,
    pinnedAbstract: pinned(ABSTRACT),
    pinnedOverview: pinned(OVERVIEW),
  };
}

/**
 * Digest of everything a directory's layers depend on: names, kinds and stamps of files, and for directories `gistOf`,
 * what is known of their layers. Equal stamps mean equal layers.
 */
export function stampOf(listing: Listing, gistOf: (directory: string) => string): string {
  const hash = createHash('sha256');
  hash.update(`${listing.hidden}\0${entryStamp(listing.pinnedAbstract)}\0`);
  for (const entry of listing.visible) {
    const state = entry.kind === 'directory' ? gistOf(joined(listing.path, entry.name)) : entryStamp(entry);
    hash.update(`${entry.kind}\0${entry.name}\0${state}\0`);
  }
  return hash.digest('base64url').slice(0, 22);
}

export function entryStamp(entry: ContentEntry | undefined): string {
  return entry === undefined ? '' : `${entry.size}:${entry.mtimeMs}:${entry.ctimeMs}:${entry.ino}`;
}

/** A directory that is not described in the background, by its name alone. */
export function isQuietName(name: string): boolean {
  return name.startsWith('.') || QUIET_NAMES.has(name);
}

/** Whether a directory is, or is below, one that is not described in the background. */
export function isQuietPath(path: string): boolean {
  return path.split('/').some(isQuietName);
}

export function joined(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The directory above; undefined for the content directory itself. */
export function parentOf(path: string): string | undefined {
  if (path === '') return undefined;
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
