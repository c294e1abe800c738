import { VikingError } from '../errors/index.ts';
import type { Retrieval } from '../retrieval/index.ts';
import { assertAccess, isVisible, type Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import type { CoreSearch } from './core.ts';
import type { Guard } from './guard.ts';
import { contentPath, pathUri } from './namespace.ts';

const QUERY_LIMIT = 10_000;

export interface SearchOptions {
  readonly retrieval: Retrieval;
  readonly guard: Guard;
  /** Hands hints on that are still being gathered, so that an answer knows it is behind. */
  settle(): void;
  /** Peers of a user, by id. */
  peers(principal: Principal): Promise<readonly string[]>;
}

/** Finding within what the caller may read: targets become content paths before anything is searched. */
export function createSearch(options: SearchOptions): CoreSearch {
  const { retrieval, guard } = options;

  /** Other peers' trees, when the caller's view is narrowed to one. */
  async function hidden(principal: Principal): Promise<readonly string[]> {
    if (principal.actorPeer === undefined) return [];
    const others = (await options.peers(principal)).filter((peer) => peer !== principal.actorPeer);
    return others.map((peer) => contentPath(principal, VikingUri.user(principal.user, 'peers', peer)));
  }

  return {
    async find(principal, request) {
      if (request.query.trim() === '') throw new VikingError('INVALID_ARGUMENT', 'the query is empty');
      if (request.query.length > QUERY_LIMIT) {
        throw new VikingError('INVALID_ARGUMENT', `the query has more than ${QUERY_LIMIT} characters`);
      }
      options.settle();
      return retrieval.find({
        text: request.query,
        within: targets(principal, request.targets ?? []),
        without: await hidden(principal),
        limit: request.limit ?? 10,
        ...(request.contextTypes === undefined ? {} : { contextTypes: request.contextTypes }),
        ...(request.perEntry === undefined ? {} : { perEntry: request.perEntry }),
        ...(request.scoreThreshold === undefined ? {} : { scoreThreshold: request.scoreThreshold }),
      });
    },
    async grep(principal, request) {
      await guard(principal, request.uri, 'read');
      return retrieval.grep({
        path: contentPath(principal, request.uri),
        pattern: request.pattern,
        caseInsensitive: request.caseInsensitive ?? false,
        nodeLimit: request.nodeLimit ?? 256,
        levelLimit: request.levelLimit ?? 10,
        isVisible: (path) => mayRead(principal, path),
        ...(request.excludeUri === undefined ? {} : { exclude: contentPath(principal, request.excludeUri) }),
      });
    },
    async glob(principal, pattern, uri, nodeLimit = 256) {
      await guard(principal, uri, 'read');
      return retrieval.glob({
        path: contentPath(principal, uri),
        pattern,
        nodeLimit,
        isVisible: (path) => mayRead(principal, path),
      });
    },
  };
}

/** Where to search. The containers above a user's own tree stand for what the caller may read in them. */
function targets(principal: Principal, asked: readonly VikingUri[]): readonly string[] {
  const own = VikingUri.user(principal.user);
  const everything = [VikingUri.resources(), own];
  const uris = (asked.length === 0 ? [VikingUri.root] : asked).flatMap((uri) => {
    if (uri.isRoot) return everything;
    if (uri.scope === 'user' && uri.segments.length === 1) return [own];
    assertAccess(principal, uri, 'read');
    return [uri];
  });
  return [...new Set(uris.map((uri) => contentPath(principal, uri)))];
}

function mayRead(principal: Principal, path: string): boolean {
  const found = pathUri(path);
  return found !== undefined && found.account === principal.account && isVisible(principal, found.uri);
}
