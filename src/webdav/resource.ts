import type { Readable } from 'node:stream';
import {
  ForbiddenError,
  type Lock,
  MethodNotSupportedError,
  type Resource,
  ResourceExistsError,
  ResourceNotFoundError,
  ResourceTreeNotCompleteError,
  type User,
} from 'nephele';
import { isVikingError } from '../errors/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { DavAdapter } from './adapter.ts';
import { inDav } from './dav-errors.ts';
import { mediaTypeOf } from './media-type.ts';
import { DavProperties } from './properties.ts';

export interface EntryFacts {
  readonly isDir: boolean;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** What a directory's listing may be long. */
const MOST_MEMBERS = 1_000_000;

/** An entry as WebDAV sees it. `facts` are absent for one that does not exist yet. */
export class DavResource implements Resource {
  readonly adapter: DavAdapter;
  readonly baseUrl: URL;
  readonly uri: VikingUri;
  readonly #isNewCollection: boolean;
  #facts: EntryFacts | undefined;

  constructor(
    adapter: DavAdapter,
    place: { readonly baseUrl: URL; readonly uri: VikingUri; readonly isNewCollection?: boolean },
    facts?: EntryFacts,
  ) {
    this.adapter = adapter;
    this.baseUrl = place.baseUrl;
    this.uri = place.uri;
    this.#isNewCollection = place.isNewCollection ?? false;
    this.#facts = facts;
  }

  async isCollection(): Promise<boolean> {
    return this.#facts?.isDir ?? this.#isNewCollection;
  }

  async modified(): Promise<Date> {
    return new Date(this.#known().mtimeMs);
  }

  async getLength(): Promise<number> {
    const { isDir, sizeBytes } = this.#known();
    return isDir ? 0 : sizeBytes;
  }

  async getEtag(): Promise<string> {
    const { isDir, sizeBytes, mtimeMs } = this.#known();
    return `${isDir ? 'd' : sizeBytes.toString(36)}-${Math.round(mtimeMs).toString(36)}`;
  }

  async getMediaType(): Promise<string | null> {
    return (await this.isCollection()) ? null : mediaTypeOf(this.uri.name);
  }

  async getCanonicalName(): Promise<string> {
    return this.uri.name;
  }

  async getCanonicalPath(): Promise<string> {
    const path = `/${this.uri.segments.join('/')}`;
    return (await this.isCollection()) && path !== '/' ? `${path}/` : path;
  }

  async getCanonicalUrl(): Promise<URL> {
    const path = this.uri.segments.map(encodeURIComponent).join('/');
    const slash = path !== '' && (await this.isCollection()) ? '/' : '';
    return new URL(path + slash, withSlash(this.baseUrl));
  }

  async getProperties(): Promise<DavProperties> {
    return new DavProperties(this);
  }

  async getStream(range?: { start: number; end: number }): Promise<Readable> {
    if (await this.isCollection()) throw new MethodNotSupportedError('A collection has no content.');
    const { files, principal } = this.adapter;
    return inDav(async () => (await files.open(principal, this.uri)).stream(range));
  }

  async setStream(input: Readable): Promise<void> {
    if (await this.isCollection()) throw new MethodNotSupportedError('A collection has no content.');
    const { files, principal } = this.adapter;
    await inDav(() => files.write(principal, this.uri, input));
    await this.#refresh();
  }

  async create(): Promise<void> {
    if (this.#facts !== undefined) throw new ResourceExistsError(`${this.uri}: exists already`);
    const { files, principal } = this.adapter;
    await this.#assertParent();
    await inDav(async () => {
      if (this.#isNewCollection) await files.mkdir(principal, this.uri);
      else await files.write(principal, this.uri, Buffer.alloc(0), { mode: 'create' });
    });
    await this.#refresh();
  }

  async delete(): Promise<void> {
    const { files, principal } = this.adapter;
    const count = await inDav(() => files.remove(principal, this.uri, false));
    if (count === 0) throw new ResourceNotFoundError(`${this.uri}: no such entry`);
  }

  async copy(destination: URL, baseUrl: URL): Promise<void> {
    const { files, principal } = this.adapter;
    const target = await this.#target(destination, baseUrl);
    if (await this.isCollection()) {
      const existing = await target.#exists();
      if (!existing) await inDav(() => files.mkdir(principal, target.uri));
      return;
    }
    await inDav(async () =>
      files.write(principal, target.uri, (await files.open(principal, this.uri)).stream()),
    );
  }

  async move(destination: URL, baseUrl: URL): Promise<void> {
    const { files, principal } = this.adapter;
    const target = await this.#target(destination, baseUrl);
    await inDav(() => files.move(principal, this.uri, target.uri, { replace: true }));
  }

  async getInternalMembers(): Promise<Resource[]> {
    if (!(await this.isCollection())) throw new MethodNotSupportedError('Not a collection.');
    const { files, principal } = this.adapter;
    const entries = await inDav(() =>
      files.list(principal, this.uri, { all: true, absLimit: 0, nodeLimit: MOST_MEMBERS }),
    );
    return entries.map(
      (entry) =>
        new DavResource(
          this.adapter,
          { baseUrl: this.baseUrl, uri: this.uri.join(entry.name) },
          { isDir: entry.isDir, sizeBytes: entry.size, mtimeMs: Date.parse(entry.modTime) },
        ),
    );
  }

  async getLocks(): Promise<Lock[]> {
    return this.adapter.locks.on(this.adapter.principal.account, this.uri);
  }

  async getLocksByUser(user: User): Promise<Lock[]> {
    return this.adapter.locks.on(this.adapter.principal.account, this.uri, user.username);
  }

  async createLockForUser(user: User): Promise<Lock> {
    const { locks, principal } = this.adapter;
    return locks.create(this, { account: principal.account, uri: this.uri }, user);
  }

  async #target(destination: URL, baseUrl: URL): Promise<DavResource> {
    const uri = this.adapter.uriOf(destination, baseUrl);
    if (uri.isWithin(this.uri)) throw new ForbiddenError(`${uri} is ${this.uri} itself, or within it.`);
    const target = new DavResource(this.adapter, { baseUrl, uri });
    await target.#assertParent();
    return target;
  }

  async #assertParent(): Promise<void> {
    if (this.uri.isRoot) return;
    const parent = await this.adapter.factsOf(this.uri.parent());
    if (parent?.isDir !== true)
      throw new ResourceTreeNotCompleteError(`${this.uri.parent()}: must be made before`);
  }

  async #exists(): Promise<boolean> {
    return (await this.adapter.factsOf(this.uri)) !== undefined;
  }

  async #refresh(): Promise<void> {
    this.#facts = await this.adapter.factsOf(this.uri);
  }

  #known(): EntryFacts {
    if (this.#facts === undefined) throw new ResourceNotFoundError(`${this.uri}: no such entry`);
    return this.#facts;
  }
}

/** Whether a failure says that the entry is not there for this caller. */
export function isMissing(error: unknown): boolean {
  return isVikingError(error) && (error.code === 'NOT_FOUND' || error.code === 'NOT_DIRECTORY');
}

/** A relative reference replaces the last segment of its base unless that ends with a slash. */
function withSlash(url: URL): URL {
  return new URL(url.pathname.endsWith('/') ? url : `${url}/`);
}
