import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin, Resource } from 'nephele';
import { inDav } from './dav-errors.ts';
import { DavResource } from './resource.ts';

/**
 * Removing and moving a directory as the one step it is on a disk. The protocol's own way takes every member by itself,
 * which is slow, can stop half way, and leaves xattrs and pinned layers behind. Members that somebody has locked need
 * that way, though: then nothing is done here.
 */
export const wholeTree: Plugin = {
  async beforeDelete(_request, response, { resource }) {
    if (!(await isFreeTree(resource))) return;
    const { adapter, uri } = resource as DavResource;
    await inDav(() => adapter.files.remove(adapter.principal, uri, true));
    return answered(response, 204);
  },

  async beforeCopy(_request, response, { exists, overwrite }) {
    return exists && overwrite === 'F' ? answered(response, 412) : undefined;
  },

  async beforeMove(_request, response, { resource, destination, exists, overwrite }) {
    if (exists && overwrite === 'F') return answered(response, 412);
    if (!(await isFreeTree(resource)) || !(destination instanceof DavResource)) return;
    const { adapter, uri } = resource as DavResource;
    const { files, principal, locks } = adapter;
    if (destination.uri.isWithin(uri)) return answered(response, 403);
    if (locks.isAnyWithin(principal.account, destination.uri)) return;
    const parent = await adapter.factsOf(destination.uri.parent());
    if (parent?.isDir !== true) return;
    await inDav(async () => {
      if (exists) await files.remove(principal, destination.uri, true);
      await files.move(principal, uri, destination.uri);
    });
    return answered(response, exists ? 204 : 201);
  },
};

/** A directory without a lock on it, in it, or on the way to it. */
async function isFreeTree(resource: Resource): Promise<boolean> {
  if (!(resource instanceof DavResource) || !(await resource.isCollection())) return false;
  const { account } = resource.adapter.principal;
  const { locks } = resource.adapter;
  if (locks.isAnyWithin(account, resource.uri)) return false;
  for (let above = resource.uri; !above.isRoot; above = above.parent()) {
    if (locks.on(account, above.parent()).length > 0) return false;
  }
  return true;
}

function answered(response: ServerResponse<IncomingMessage>, status: number): false {
  response.statusCode = status;
  response.end();
  return false;
}
