import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin, Resource } from 'nephele';
import type { VikingUri } from '../uri/index.ts';
import { inDav } from './dav-errors.ts';
import { DavResource } from './resource.ts';

/**
 * Removing and moving as the one step it is on a disk. The protocol's own way takes every member by itself and removes
 * what is in the way first: it is slow, can stop half way with both gone, and leaves xattrs and pinned layers behind.
 * Where somebody has locked something that way is needed, though: then nothing is done here.
 */
export const wholeTree: Plugin = {
  async beforeDelete(_request, response, { resource }) {
    if (!(resource instanceof DavResource) || !(await resource.isCollection()) || !isFree(resource)) return;
    const { adapter, uri } = resource;
    await inDav(() => adapter.files.remove(adapter.principal, uri, true));
    return answered(response, 204);
  },

  async beforeCopy(_request, response, { resource, destination, exists, overwrite }) {
    if (exists && overwrite === 'F') return answered(response, 412);
    return areNested(resource, destination) ? answered(response, 403) : undefined;
  },

  async beforeMove(_request, response, { resource, destination, exists, overwrite }) {
    if (exists && overwrite === 'F') return answered(response, 412);
    if (areNested(resource, destination)) return answered(response, 403);
    if (!(resource instanceof DavResource && destination instanceof DavResource)) return;
    if (!isFree(resource) || !isFree(destination)) return;
    const { adapter, uri } = resource;
    const parent = await adapter.factsOf(destination.uri.parent());
    if (parent?.isDir !== true) return;
    await inDav(() => adapter.files.move(adapter.principal, uri, destination.uri, { replace: true }));
    return answered(response, exists ? 204 : 201);
  },
};

/**
 * Whether one is the other or in it: overwriting would remove what is to be copied. The protocol compares URLs, and
 * `%61` is an `a`.
 */
function areNested(one: Resource, other: Resource): boolean {
  if (!(one instanceof DavResource && other instanceof DavResource)) return false;
  return one.uri.isWithin(other.uri) || other.uri.isWithin(one.uri);
}

/** Without a lock on it, in it, or on the way to it. */
function isFree({ adapter: { locks, principal }, uri }: DavResource): boolean {
  if (locks.isAnyWithin(principal.account, uri)) return false;
  for (let above: VikingUri = uri; !above.isRoot; above = above.parent()) {
    if (locks.on(principal.account, above.parent()).length > 0) return false;
  }
  return true;
}

function answered(response: ServerResponse<IncomingMessage>, status: number): false {
  response.statusCode = status;
  response.end();
  return false;
}
