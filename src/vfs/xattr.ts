import { constants } from 'node:fs';
import type { VikingUri } from '../uri/index.ts';
import type { VfsContext } from './context.ts';
import { hasCode, notPermitted, systemError } from './fault.ts';
import { locate, type Place, uriOf } from './locate.ts';
import { nodeOf } from './resolve.ts';

const PREFIX = 'user.viking.';

/** What every entry says of itself. Values are UTF-8 text without a newline at the end. */
const READERS: Readonly<Record<string, (context: VfsContext, entry: Described) => Promise<string> | string>> =
  {
    uri: (_context, entry) => String(entry.uri),
    type: (_context, entry) => entry.uri.contextType,
    abstract: async ({ core, principal }, entry) =>
      (await core.layers.read(principal, entry.uri, 'abstract')).text.trim(),
    freshness: ({ core, principal }, entry) => core.layers.freshness(principal, entry.uri),
    tags: async ({ core, principal }, entry) => (await core.layers.tags(principal, entry.uri)).join(','),
    /** `{model}/{prompts} {digest of what it was made from} {time}`; `embedded` and `pinned` in place of a model. */
    stamp: async ({ core, principal }, entry) => {
      const {
        made_by: madeBy,
        made_at: madeAt,
        stamp,
      } = await core.layers.read(principal, entry.uri, 'abstract');
      return [stamp?.by ?? madeBy, stamp?.from, madeAt].filter((part) => part !== undefined).join(' ');
    },
    error: ({ core, principal }, entry) =>
      core.journal.errors(principal).findLast((error) => error.path === entry.path)?.message ?? '',
  };

interface Described {
  readonly path: string;
  readonly uri: VikingUri;
}

/** @throws ENOENT for a missing entry, ENOTSUP for names that are not ours */
export async function getXattr(context: VfsContext, path: string, name: string): Promise<Buffer | undefined> {
  const reader = readerOf(name);
  if (reader === undefined) throw systemError('ENOTSUP', path);
  const entry = await describe(context, path);
  if (entry === undefined) return undefined;
  try {
    return Buffer.from(await reader(context, entry));
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND', 'ENOENT', 'PERMISSION_DENIED')) return undefined;
    throw error;
  }
}

export async function listXattrs(context: VfsContext, path: string): Promise<readonly string[]> {
  const entry = await describe(context, path);
  return entry === undefined ? [] : Object.keys(READERS).map((name) => PREFIX + name);
}

/** Setting and removing: ours are computed, others are not kept. */
export async function setXattr(context: VfsContext, path: string, name: string): Promise<never> {
  await describe(context, path);
  if (readerOf(name) !== undefined) throw notPermitted(path, `${name} is computed`);
  throw systemError('ENOTSUP', path);
}

function readerOf(name: string) {
  if (!name.startsWith(PREFIX)) return undefined;
  const key = name.slice(PREFIX.length);
  return Object.hasOwn(READERS, key) ? READERS[key] : undefined;
}

/** The entry of a URI behind a path; a layer stands for its directory. Nothing for symlinks and controls. */
async function describe(context: VfsContext, path: string): Promise<Described | undefined> {
  const place = locate(path, context.principal);
  const attr = await nodeOf(context, place).attr();
  if ((attr.mode & constants.S_IFMT) === constants.S_IFLNK) return undefined;
  const segments = segmentsOf(place);
  const uri = segments === undefined ? undefined : uriOf(segments);
  return uri === undefined ? undefined : { path: place.path, uri };
}

function segmentsOf(place: Place): readonly string[] | undefined {
  if ('segments' in place) return place.segments;
  return place.kind === 'magic' ? place.directory.segments : undefined;
}
