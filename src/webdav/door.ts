import type { IncomingMessage, ServerResponse } from 'node:http';
import nephele, { type User } from 'nephele';
import type { Logger } from '../base/log.ts';
import type { CoreFiles } from '../core/core.ts';
import type { Principal } from '../tenancy/index.ts';
import { DavAdapter } from './adapter.ts';
import { createLockTable } from './locks.ts';
import { wholeTree } from './whole-tree.ts';

export const WEBDAV_PREFIX = '/webdav';

export interface WebdavDoor {
  /** Path below which this door answers. */
  readonly prefix: string;
  /** Answers one request of a caller who is known already. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse, principal: Principal): void;
}

/**
 * The namespace over WebDAV (RFC 4918, class 2), for machines that cannot mount FUSE. Only the tree: generated layers
 * can be read by name, sessions are read and, as everywhere, written by their own rules.
 */
export function createWebdavDoor(files: CoreFiles, log: Logger): WebdavDoor {
  const callers = new WeakMap<IncomingMessage, Principal>();
  const locks = createLockTable();

  function callerOf(request: IncomingMessage): Principal {
    const caller = callers.get(request);
    if (caller === undefined) throw new Error('a request came past the door');
    return caller;
  }

  const app = nephele(
    {
      adapter: async (request: IncomingMessage) => {
        const adapter = new DavAdapter(files, callerOf(request), locks);
        return { [WEBDAV_PREFIX]: adapter, '/': adapter };
      },
      authenticator: {
        authenticate: async (request: IncomingMessage): Promise<User> => {
          const { account, user, actorPeer } = callerOf(request);
          return { username: [account, user, actorPeer ?? ''].join('/') };
        },
        cleanAuthentication: async () => undefined,
      },
      plugins: [wholeTree],
    },
    {
      errorHandler: async (code, message, request, response, error) => {
        if (code >= 500)
          log.error({ path: request.path, code, error: error?.message }, 'webdav request failed');
        if (response.headersSent) {
          response.end();
          return;
        }
        response.statusCode = code;
        response.setHeader('content-type', 'text/plain; charset=utf-8');
        // A failure of ours says nothing of what is inside.
        response.end(code < 400 ? undefined : `${code >= 500 ? message : error?.message || message}\n`);
      },
    },
  );

  return {
    prefix: WEBDAV_PREFIX,
    handle(incoming, outgoing, principal) {
      if (!isDecodable(incoming.url ?? '')) {
        outgoing.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
        outgoing.end('The path is not percent-encoded UTF-8.\n');
        return;
      }
      // Anybody's file may be a page, and a browser has sent the reader's key: a script in it acts for nobody.
      outgoing.setHeader('content-security-policy', 'sandbox');
      outgoing.setHeader('x-content-type-options', 'nosniff');
      callers.set(incoming, principal);
      app(incoming, outgoing);
    },
  };
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
