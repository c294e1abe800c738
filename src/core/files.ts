import type { EntryResult, StatResult, WriteResult } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import { clip } from '../base/tokens.ts';
import type { ContentEntry, ContentStore } from '../content/contract.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import { isFrame, isVisible, type Principal, uriContext } from '../tenancy/index.ts';
import { LAYER_FILES, MAGIC_NAMES, VikingUri } from '../uri/index.ts';
import type { Changes } from './changes.ts';
import { composedParts } from './composed-layer.ts';
import type {
  CoreFiles,
  CoreLayers,
  CoreSessions,
  LayerLevel,
  ListOptions,
  OpenedFile,
  WriteOptions,
} from './core.ts';
import { type CountedData, counted } from './counted-data.ts';
import { type Guard, reservedName } from './guard.ts';
import { contentPath, inUris, pathUri } from './namespace.ts';
import { openedContent, openedText } from './opened-file.ts';

export interface FilesOptions {
  readonly content: ContentStore;
  readonly guard: Guard;
  readonly changes: Changes;
  readonly layers: CoreLayers;
  readonly sessions: CoreSessions;
  readonly timeZone?: string;
  /** Built abstracts of directories (content paths), for listings. */
  abstracts(directories: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Waits until what was reported is searchable. */
  indexed(): Promise<void>;
  /** What is recorded of an entry (content paths) goes with it. */
  readonly records: {
    moved(from: string, to: string): Promise<void>;
    removed(path: string): Promise<void>;
  };
  activeCount(principal: Principal, uri: VikingUri): Promise<number>;
}

/** What one read over the API may return; larger files are for the mount and for downloads. */
const READ_LIMIT_BYTES = 64 * 1024 ** 2;

export function createFiles(options: FilesOptions): CoreFiles {
  const { content, changes, layers, sessions, guard } = options;

  async function entry(principal: Principal, uri: VikingUri): Promise<ContentEntry> {
    await guard(principal, uri, 'read');
    const found = await content.stat(contentPath(principal, uri));
    if (found === undefined) throw notFound(uri);
    return found;
  }

  async function write(
    principal: Principal,
    uri: VikingUri,
    data: Uint8Array | AsyncIterable<Uint8Array>,
    how: WriteOptions,
  ): Promise<WriteResult> {
    const mode = how.mode ?? 'replace';
    const real = await guard(principal, uri, 'write', { follow: mode === 'append' });
    const source = counted(data);
    const level = layerOf(uri.name);
    if (uri.sessionId !== undefined) await writeSession(principal, uri, await source.whole(uri), mode);
    else if (level !== undefined)
      await writeLayer(principal, uri, level, { text: decodeText(uri, await source.whole(uri)), mode });
    else if (MAGIC_NAMES.has(uri.name)) throw reservedName(uri, uri.name);
    else await writeFile(principal, { uri, real }, source, { ...how, mode });
    changes.report([contentPath(principal, uri)], 'door');
    if (how.wait === true) await options.indexed();
    return writeResult(uri, mode, source.sizeBytes, how.wait === true);
  }

  async function writeLayer(
    principal: Principal,
    uri: VikingUri,
    level: LayerLevel,
    { text, mode }: { readonly text: string; readonly mode: string },
  ): Promise<void> {
    if (mode === 'create') throw new VikingError('ALREADY_EXISTS', `${uri}: every directory has one`);
    const directory = uri.parent();
    const before = mode === 'append' ? (await layers.read(principal, directory, level)).text : '';
    await layers.pin(principal, directory, level, before + text);
  }

  async function writeFile(
    principal: Principal,
    { uri, real }: { readonly uri: VikingUri; readonly real: VikingUri },
    source: CountedData,
    how: WriteOptions & { mode: string },
  ): Promise<void> {
    const path = contentPath(principal, uri);
    if (how.parents === true)
      await makeParent(principal, uri.parent(), how.mode === 'append' ? undefined : real);
    await inUris([uri], [path], async () =>
      how.mode === 'append'
        ? content.append(path, await source.whole(uri), checkedAt(principal, real))
        : content.write(path, source.data, {
            exclusive: how.mode === 'create',
            ...checkedAt(principal, real),
          }),
    );
  }

  /** @throws NOT_DIRECTORY when a file is in the way, here or further up */
  async function makeParent(principal: Principal, parent: VikingUri, real?: VikingUri): Promise<void> {
    const path = contentPath(principal, parent);
    const checked = real === undefined ? {} : checkedAt(principal, real.parent());
    await inUris([parent], [path], () => content.mkdir(path, checked)).catch((error: unknown) => {
      if (!isVikingError(error) || error.code !== 'ALREADY_EXISTS') throw error;
      throw new VikingError('NOT_DIRECTORY', error.message, { cause: error });
    });
  }

  /** A session changes only through its own rules; appending to `messages.jsonl` is one of them. */
  async function writeSession(
    principal: Principal,
    uri: VikingUri,
    data: Uint8Array,
    mode: string,
  ): Promise<void> {
    const id = uri.sessionId!;
    if (mode === 'append' && uri.insideSession.length === 1 && uri.name === 'messages.jsonl') {
      await sessions.appendLines(principal, id, data);
      return;
    }
    throw new VikingError('PERMISSION_DENIED', `${uri}: sessions are written message by message`, {
      hint: `Append JSON lines to ${VikingUri.of(uri.segments.slice(0, uri.segments.length - uri.insideSession.length))}/messages.jsonl, or: ov session add-message.`,
    });
  }

  async function remove(principal: Principal, uri: VikingUri, recursive: boolean): Promise<number> {
    const real = await guard(principal, uri, 'remove', { follow: false });
    const level = layerOf(uri.name);
    if (level !== undefined) {
      await layers.unpin(principal, uri.parent(), level);
      return 1;
    }
    const path = contentPath(principal, uri);
    if (uri.sessionId !== undefined) {
      if (uri.insideSession.length > 0)
        throw new VikingError('PERMISSION_DENIED', `${uri}: a session is removed as a whole`);
      if ((await content.stat(path)) === undefined) return 0;
      await sessions.remove(principal, uri.sessionId);
      return 1;
    }
    const removed = await inUris([uri], [path], () =>
      content.remove(path, { recursive, ...checkedAt(principal, real) }),
    );
    if (removed > 0) {
      await options.records.removed(path);
      changes.report([path], 'door');
    }
    return removed;
  }

  async function move(
    principal: Principal,
    from: VikingUri,
    to: VikingUri,
    { replace = false }: { readonly replace?: boolean } = {},
  ): Promise<void> {
    const places: VikingUri[] = [];
    for (const uri of [from, to]) {
      places.push(await guard(principal, uri, 'write', { follow: false }));
      if (uri.sessionId !== undefined)
        throw new VikingError('PERMISSION_DENIED', `${uri}: sessions cannot be moved`);
      if (MAGIC_NAMES.has(uri.name)) throw reservedName(uri, uri.name);
    }
    const paths = [contentPath(principal, from), contentPath(principal, to)] as const;
    const parent = to.parent();
    const named = [...paths, contentPath(principal, parent)] as const;
    await inUris([from, to, parent], named, async () => {
      const [source, target] = [await content.stat(paths[0]), await content.stat(paths[1])];
      if (!replace && target?.kind === 'directory' && source !== undefined && source.kind !== 'directory') {
        throw new VikingError('INVALID_ARGUMENT', `${to}: a directory is there`, {
          hint: `Name the file as well: ${to.join(from.name)}.`,
        });
      }
      const [realFrom, realTo] = places.map((real) => contentPath(principal, real));
      await content.move(...paths, { replace, real: { from: realFrom!, to: realTo! } });
    });
    await options.records.moved(...paths);
    changes.report(paths, 'door');
  }

  async function list(
    principal: Principal,
    uri: VikingUri,
    how: ListOptions = {},
  ): Promise<readonly EntryResult[]> {
    const real = contentPath(principal, await guard(principal, uri, 'read'));
    const start = contentPath(principal, uri);
    const depth = how.recursive === true ? (how.levelLimit ?? 3) : 1;
    const limit = how.nodeLimit ?? 1_000;
    const found: ContentEntry[] = [];
    if (depth === 1) {
      const children = await inUris([uri], [start], () => content.list(start, { real }));
      found.push(...children.filter((child) => shown(principal, child, how)));
    } else {
      await assertDirectory(content, start, uri);
      for await (const child of content.walk(start, { depth, hidden: how.all ?? false, real })) {
        if (child.path === start || !shown(principal, child, how)) continue;
        found.push(child);
        if (found.length >= limit) break;
      }
    }
    if (depth === 1) found.sort(order(how));
    return describe(principal, found.slice(0, limit), uri, how, depth > 1);
  }

  async function describe(
    principal: Principal,
    entries: readonly ContentEntry[],
    base: VikingUri,
    how: ListOptions,
    relative: boolean,
  ): Promise<readonly EntryResult[]> {
    const directories = entries.filter((child) => child.kind === 'directory').map((child) => child.path);
    const built = await decoration(options.abstracts(directories), []);
    const abstracts = new Map(directories.map((path, index) => [path, built[index] ?? '']));
    return entries.map((child) => {
      const uri = pathUri(child.path)!.uri;
      return {
        uri: String(uri),
        name: child.name,
        size: child.kind === 'directory' ? 0 : child.size,
        isDir: child.kind === 'directory',
        modTime: isoTime(child.mtimeMs),
        // A container's own abstract tells of entries that others see; the caller's is composed on reading.
        abstract:
          composedParts(principal, uri) === undefined
            ? clip(abstracts.get(child.path) ?? '', how.absLimit ?? 256)
            : '',
        ...(relative ? { rel_path: uri.segments.slice(base.segments.length).join('/') } : {}),
      };
    });
  }

  async function stat(principal: Principal, uri: VikingUri): Promise<StatResult> {
    const found = await entry(principal, uri);
    const isDir = found.kind === 'directory';
    return {
      uri: String(uri),
      name: uri.name,
      size: isDir ? 0 : found.size,
      mode: found.mode,
      modTime: isoTime(found.mtimeMs),
      isDir,
      isLocked: false,
      ...(isDir ? { count: await visibleCount(principal, uri) } : {}),
      context_type: uri.contextType,
      active_count: await options.activeCount(principal, uri),
      ...(isDir ? await decoration(layers.state(principal, uri), { freshness: 'failed' as const }) : {}),
    };
  }

  async function visibleCount(principal: Principal, uri: VikingUri): Promise<number> {
    const children = await content.list(contentPath(principal, uri));
    return children.filter((child) => shown(principal, child, { all: true })).length;
  }

  async function read(principal: Principal, uri: VikingUri): Promise<Buffer> {
    const real = await guard(principal, uri, 'read');
    const level = layerOf(uri.name);
    if (level !== undefined) return Buffer.from((await layers.read(principal, uri.parent(), level)).text);
    const path = contentPath(principal, uri);
    return inUris([uri], [path], () => content.read(path, READ_LIMIT_BYTES, checkedAt(principal, real)));
  }

  async function open(principal: Principal, uri: VikingUri): Promise<OpenedFile> {
    const real = await guard(principal, uri, 'read');
    const level = layerOf(uri.name);
    if (level !== undefined) {
      const { text, made_at } = await layers.read(principal, uri.parent(), level);
      return openedText(text, made_at === undefined ? 0 : Date.parse(made_at));
    }
    const path = contentPath(principal, uri);
    return openedContent(await inUris([uri], [path], () => content.open(path, checkedAt(principal, real))));
  }

  return {
    parseUri: (principal, text) =>
      VikingUri.parse(text, {
        ...uriContext(principal),
        ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
      }),
    list,
    stat,
    read,
    open,
    async readLines(principal, uri, offset, limit) {
      const text = decodeText(uri, await read(principal, uri));
      return offset === 0 && limit < 0 ? text : sliceLines(text, offset, limit);
    },
    write: (principal, uri, data, how = {}) => write(principal, uri, data, how),
    async mkdir(principal, uri, description) {
      const real = await guard(principal, uri, isFrame(uri) ? 'read' : 'write');
      if (MAGIC_NAMES.has(uri.name)) throw reservedName(uri, uri.name);
      if (uri.sessionId !== undefined) await makeSession(sessions, principal, uri);
      else
        await inUris([uri], [contentPath(principal, uri)], () =>
          content.mkdir(contentPath(principal, uri), checkedAt(principal, real)),
        );
      if (description !== undefined && description !== '')
        await layers.pin(principal, uri, 'abstract', description);
      changes.report([contentPath(principal, uri)], 'door');
    },
    remove,
    move,
  };
}

/** Where the guard found it: what is opened must be there. */
function checkedAt(principal: Principal, real: VikingUri): { readonly real: string } {
  return { real: contentPath(principal, real) };
}

async function makeSession(sessions: CoreSessions, principal: Principal, uri: VikingUri): Promise<void> {
  if (uri.insideSession.length > 0)
    throw new VikingError('PERMISSION_DENIED', `${uri}: a session holds no directories of yours`);
  await sessions.create(principal, { sessionId: uri.sessionId! });
}

async function assertDirectory(content: ContentStore, path: string, uri: VikingUri): Promise<void> {
  const found = await content.stat(path);
  if (found === undefined) throw notFound(uri);
  if (found.kind !== 'directory') throw new VikingError('NOT_DIRECTORY', `${uri}: not a directory`);
}

/** Hidden entries are shown on request, entries that do not exist for the caller never. */
function shown(principal: Principal, child: ContentEntry, how: ListOptions): boolean {
  const uri = pathUri(child.path)?.uri;
  if (uri === undefined || !isVisible(principal, uri)) return false;
  return how.all === true || !child.name.startsWith('.');
}

/** Directories first, then files, each by the asked key. */
function order(how: ListOptions): (a: ContentEntry, b: ContentEntry) => number {
  const sign = how.sortOrder === 'desc' ? -1 : 1;
  return (a, b) => {
    const kinds = Number(b.kind === 'directory') - Number(a.kind === 'directory');
    if (kinds !== 0) return kinds;
    if (how.sortBy === 'mtime') return sign * (a.mtimeMs - b.mtimeMs);
    return sign * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  };
}

/** What the text worker adds to an answer: while none runs, the answer comes without. */
async function decoration<T>(asked: Promise<T>, without: T): Promise<T> {
  return asked.catch((error: unknown) => {
    if (isVikingError(error) && error.code === 'UNAVAILABLE') return without;
    throw error;
  });
}

function layerOf(name: string): LayerLevel | undefined {
  if (!LAYER_FILES.has(name)) return undefined;
  return name === '.abstract.md' ? 'abstract' : 'overview';
}

function writeResult(uri: VikingUri, mode: string, bytes: number, indexed: boolean): WriteResult {
  return {
    uri: String(uri),
    root_uri: String(uri.parent()),
    context_type: uri.contextType,
    mode,
    written_bytes: bytes,
    content_updated: true,
    vector_status: indexed ? 'complete' : 'queued',
    semantic_status: indexed ? 'complete' : 'queued',
  };
}

function decodeText(uri: VikingUri, data: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', `${uri}: not UTF-8 text`, {
      hint: `Download the bytes instead: ov get ${uri} FILE.`,
      cause: error,
    });
  }
}

function sliceLines(text: string, offset: number, limit: number): string {
  const lines = text.split('\n');
  const end = limit < 0 ? lines.length : Math.min(lines.length, offset + limit);
  return lines.slice(offset, end).join('\n');
}

function notFound(uri: VikingUri): VikingError {
  return new VikingError('NOT_FOUND', `${uri}: no such entry`, { details: { uri: String(uri) } });
}
