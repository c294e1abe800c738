import { lstat, readdir, readlink } from 'node:fs/promises';
import { ABSTRACT, META, OVERVIEW } from '../../uri/index.ts';
import { attrOf } from '../attributes.ts';
import { isShown, plainEntry, virtualEntry } from '../content/list-content.ts';
import { openContent } from '../content/open-content.ts';
import type { VfsContext } from '../context.ts';
import { hasCode, notPermitted, refused, systemError } from '../fault.ts';
import { changes } from '../flags.ts';
import type { Place } from '../locate.ts';
import { metaFile } from '../magic/meta-file.ts';
import type { VfsNode } from '../node.ts';
import { commitFile } from './commit-file.ts';
import { messagesFile } from './messages-file.ts';

export type SessionPlace = Extract<Place, { kind: 'session' }>;

export const COMMIT = '.commit';
export const MESSAGES = 'messages.jsonl';

const HINT =
  'Append JSON lines to messages.jsonl; write anything to .commit to commit; rm -r the directory to delete it.';

/** A session or an entry of one: managed, so that what is in it stays true. */
export function sessionNode(context: VfsContext, place: SessionPlace): VfsNode {
  const [name, ...deeper] = place.inner;
  if (name === undefined) return sessionDirectory(context, place);
  if (deeper.length === 0 && name === MESSAGES) return hideable(context, place, messagesFile(context, place));
  if (deeper.length === 0 && name === COMMIT) return hideable(context, place, commitFile(context, place));
  return place.inner.at(-1) === META ? stateFile(context, place) : managedEntry(context, place);
}

/** The state a session or archive keeps as a file; elsewhere in a session what the index knows, as in any directory. */
function stateFile(context: VfsContext, place: SessionPlace): VfsNode {
  const kept = managedEntry(context, place);
  const segments = place.segments.slice(0, -1);
  const known = metaFile(context, place.path, { kind: 'session', path: `/${segments.join('/')}`, segments });

  async function keptOr<T>(own: () => Promise<T>, other: () => Promise<T>): Promise<T> {
    if (context.removals.isHidden(place.id, place.inner)) return own();
    try {
      return await own();
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      return other();
    }
  }
  return {
    ...kept,
    attr: (caller) =>
      keptOr(
        () => kept.attr(caller),
        () => known.attr(caller),
      ),
    open: (flags, caller) =>
      keptOr(
        () => kept.open!(flags, caller),
        () => known.open!(flags, caller),
      ),
  };
}

/** `mkdir` creates the session, `rmdir` deletes it with everything in it. */
function sessionDirectory(context: VfsContext, place: SessionPlace): VfsNode {
  const { core, principal, removals } = context;
  const backing = context.backingPath(place.segments);
  return {
    path: place.path,
    attr: async () => attrOf(await lstat(backing, { bigint: true })),
    async list() {
      const entries = await listManaged(context, place);
      const present = new Set(entries.map((entry) => entry.name));
      for (const virtual of [MESSAGES, COMMIT]) {
        if (present.has(virtual) || removals.isHidden(place.id, [virtual])) continue;
        entries.push(virtualEntry(place.path, virtual, 'file'));
      }
      return entries;
    },
    async mkdir() {
      await core.sessions.create(principal, { sessionId: place.id });
      removals.clear(place.id);
      context.snapshots.clear();
    },
    async rmdir() {
      const found = await lstat(backing);
      if (!found.isDirectory()) throw systemError('ENOTDIR', place.path);
      await core.sessions.remove(principal, place.id);
      removals.clear(place.id);
      context.snapshots.clear();
    },
    create: () => Promise.reject(refused(place.path, 'only sessions live here', 'mkdir makes a session.')),
    symlink: () => Promise.reject(refused(place.path, 'only sessions live here', 'mkdir makes a session.')),
    // `cp -a` and `rsync` set these on a directory they made.
    chmod: async () => undefined,
    utimens: async () => undefined,
  };
}

/** A file or directory the session keeps: readable, and removable only as part of the whole. */
function managedEntry(context: VfsContext, place: SessionPlace): VfsNode {
  const { path, segments } = place;
  const backing = context.backingPath(segments);
  const refuse = () => refused(path, 'sessions are managed', HINT);
  const node: VfsNode = {
    path,
    attr: async () => attrOf(await lstat(backing, { bigint: true })),
    list: () => listManaged(context, place),
    target: () => readlink(backing),
    async open(flags) {
      if (changes(flags)) throw refuse();
      return openContent(context, { path, segments, backing }, flags);
    },
    create: () => Promise.reject(refuse()),
    truncate: () => Promise.reject(refuse()),
    mkdir: () => Promise.reject(refuse()),
    symlink: () => Promise.reject(refuse()),
    async rmdir() {
      const found = await lstat(backing);
      if (!found.isDirectory()) throw systemError('ENOTDIR', path);
      if ((await listManaged(context, place)).some((entry) => !isLayer(entry.name))) {
        throw systemError('ENOTEMPTY', path);
      }
      context.removals.hide({ id: place.id, inner: place.inner, path });
    },
  };
  return hideable(context, place, node);
}

/** Names on disk that are not hidden by a removal under way. */
async function listManaged(context: VfsContext, place: SessionPlace) {
  const raw = await readdir(context.backingPath(place.segments), { withFileTypes: true });
  return raw
    .filter((entry) => isShown(entry.name) || entry.name === META || isLayer(entry.name))
    .filter((entry) => !context.removals.isHidden(place.id, [...place.inner, entry.name]))
    .map(plainEntry);
}

function isLayer(name: string): boolean {
  return name === ABSTRACT || name === OVERVIEW;
}

/** Unlinking an entry hides it until the session is removed or turns out to be wanted; see `Removals`. */
function hideable(context: VfsContext, place: SessionPlace, node: VfsNode): VfsNode {
  const { removals } = context;
  function assertVisible(): void {
    if (removals.isHidden(place.id, place.inner)) throw systemError('ENOENT', place.path);
  }
  return {
    ...node,
    async attr(caller) {
      assertVisible();
      return node.attr(caller);
    },
    async open(flags, caller) {
      if (removals.isHidden(place.id, place.inner)) {
        // Somebody still works with the session: it was not removed after all.
        if (changes(flags)) removals.clear(place.id);
        else throw systemError('ENOENT', place.path);
      }
      return node.open!(flags, caller);
    },
    async unlink() {
      const attr = await node.attr();
      if ((attr.mode & 0o170000) === 0o040000) throw systemError('EISDIR', place.path);
      removals.hide({ id: place.id, inner: place.inner, path: place.path });
    },
  };
}

/** The directory of sessions itself. */
export function sessionsDirectory(context: VfsContext, path: string, segments: readonly string[]): VfsNode {
  const backing = context.backingPath(segments);
  const refuse = () =>
    notPermitted(path, 'part of the namespace, it cannot be removed', 'Remove single sessions.');
  return {
    path,
    attr: async () => attrOf(await lstat(backing, { bigint: true })),
    async list() {
      const raw = await readdir(backing, { withFileTypes: true });
      return raw.filter((entry) => isShown(entry.name) && entry.isDirectory()).map(plainEntry);
    },
    rmdir: () => Promise.reject(refuse()),
  };
}
