import {
  type Adapter,
  BadGatewayError,
  BadRequestError,
  type Method,
  MethodNotSupportedError,
  ResourceNotFoundError,
} from 'nephele';
import type { CoreFiles } from '../core/core.ts';
import type { Principal } from '../tenancy/index.ts';
import { LAYER_FILES, VikingUri } from '../uri/index.ts';
import { inDav } from './dav-errors.ts';
import type { LockTable } from './locks.ts';
import { DavResource, type EntryFacts, isMissing } from './resource.ts';

/** The namespace of one caller as a WebDAV tree. Rights are the core's business: every operation asks it. */
export class DavAdapter implements Adapter {
  readonly files: CoreFiles;
  readonly principal: Principal;
  readonly locks: LockTable;

  constructor(files: CoreFiles, principal: Principal, locks: LockTable) {
    this.files = files;
    this.principal = principal;
    this.locks = locks;
  }

  getComplianceClasses = async (): Promise<string[]> => ['2'];
  getAllowedMethods = async (): Promise<string[]> => [];
  getOptionsResponseCacheControl = async (): Promise<string> => 'no-store';
  isAuthorized = async (): Promise<boolean> => true;

  async getResource(url: URL, baseUrl: URL): Promise<DavResource> {
    const uri = this.uriOf(url, baseUrl);
    const facts = await this.factsOf(uri);
    if (facts === undefined) throw new ResourceNotFoundError(`${uri}: no such entry`);
    return new DavResource(this, { baseUrl, uri }, facts);
  }

  async newResource(url: URL, baseUrl: URL): Promise<DavResource> {
    return new DavResource(this, { baseUrl, uri: this.uriOf(url, baseUrl) });
  }

  async newCollection(url: URL, baseUrl: URL): Promise<DavResource> {
    const uri = this.uriOf(url, baseUrl);
    return new DavResource(this, { baseUrl, uri, isNewCollection: true }, await this.factsOf(uri));
  }

  getMethod(method: string): typeof Method {
    throw new MethodNotSupportedError(`${method} is not supported here.`);
  }

  /** @throws BadGatewayError outside of this tree, BadRequestError for a path that cannot be a URI */
  uriOf(url: URL, baseUrl: URL): VikingUri {
    const base = baseUrl.pathname.replace(/\/$/, '');
    if (url.host !== baseUrl.host || !`${url.pathname}/`.startsWith(`${base}/`))
      throw new BadGatewayError(`${url.pathname}: not part of this tree`);
    const names = url.pathname.slice(base.length).split('/').filter(Boolean);
    try {
      return VikingUri.of(names.map(decodeURIComponent));
    } catch (error) {
      throw new BadRequestError((error as Error).message);
    }
  }

  /** Undefined when the entry does not exist for the caller: what is another's is simply not there. */
  async factsOf(uri: VikingUri): Promise<EntryFacts | undefined> {
    if (LAYER_FILES.has(uri.name)) return this.#layerFacts(uri);
    try {
      const { isDir, size, modTime } = await this.files.stat(this.principal, uri);
      return { isDir, sizeBytes: size, mtimeMs: Date.parse(modTime) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      return inDav(() => Promise.reject(error));
    }
  }

  /** Every directory has its layers, whether anybody listed them or not. */
  async #layerFacts(uri: VikingUri): Promise<EntryFacts | undefined> {
    try {
      const layer = await this.files.open(this.principal, uri);
      await layer.close();
      return { isDir: false, sizeBytes: layer.sizeBytes, mtimeMs: layer.mtimeMs };
    } catch (error) {
      if (isMissing(error)) return undefined;
      return inDav(() => Promise.reject(error));
    }
  }
}
