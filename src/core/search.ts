import type { Hit, RelationResult } from '../api/results.ts';
import type { Clock } from '../base/clock.ts';
import type { Retrieval } from '../retrieval/index.ts';
import { assertAccess, isVisible, type Principal, skillsOwner } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { composedParts } from './composed-layer.ts';
import type { CoreSearch } from './core.ts';
import { asksTags, assertQuestion, requestFilter } from './find-query.ts';
import type { Guard } from './guard.ts';
import { contentPath, pathUri } from './namespace.ts';

export interface SearchOptions {
  readonly retrieval: Retrieval;
  readonly guard: Guard;
  readonly clock: Clock;
  /** Tags of entries, by content path. */
  tags(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Tags of one entry, by its content path. */
  tagsOf(path: string): Promise<readonly string[] | undefined>;
  /** What an entry is linked to, as far as the caller may see it. */
  relationsOf(principal: Principal, uri: VikingUri): Promise<readonly RelationResult[]>;
  /** Hands hints on that are still being gathered, so that an answer knows it is behind. */
  settle(): void;
  /** Peers of a user, by id. */
  peers(principal: Principal): Promise<readonly string[]>;
}

/** Relations that a hit tells; the rest is in the entry's `.relations.json`. */
const RELATIONS_MOST = 20;

/** Finding within what the caller may read: targets become content paths before anything is searched. */
export function createSearch(options: SearchOptions): Pick<CoreSearch, 'find' | 'grep' | 'glob'> {
  const { retrieval, guard } = options;

  /** Other peers' trees, when the caller's view, or what is asked, is narrowed to one. */
  async function hidden(principal: Principal, peers: 'all' | 'actor' = 'all'): Promise<readonly string[]> {
    if (principal.actorPeer === undefined && peers === 'all') return [];
    const others = (await options.peers(principal)).filter((peer) => peer !== principal.actorPeer);
    return others.map((peer) => contentPath(principal, VikingUri.user(principal.user, 'peers', peer)));
  }

  /** Hits with what people said of their entries. */
  function described(principal: Principal, hits: readonly Hit[]): Promise<readonly Hit[]> {
    return Promise.all(
      hits.map(async (hit) => {
        const uri = VikingUri.fromCanonical(hit.uri);
        const [tags, relations] = await Promise.all([
          options.tagsOf(contentPath(principal, uri)),
          options.relationsOf(principal, uri),
        ]);
        return { ...hit, tags: tags ?? hit.tags, relations: relations.slice(0, RELATIONS_MOST) };
      }),
    );
  }

  return {
    async find(principal, request) {
      assertQuestion(request.query);
      options.settle();
      const within = targets(principal, request.targets ?? []);
      const labels = asksTags(request) ? await options.tags() : new Map<string, readonly string[]>();
      const filter = requestFilter(request, {
        nowMs: options.clock.now(),
        tagged: (tag) => {
          const asked = tag.toLowerCase();
          return [...labels]
            .filter(([, tags]) => tags.some((one) => one.toLowerCase() === asked))
            .map(([path]) => path);
        },
      });
      const found = await retrieval.find({
        text: request.query,
        within,
        without: await hidden(principal, request.peers),
        limit: request.limit ?? 10,
        ...(filter === undefined ? {} : { filter }),
        ...(request.local === undefined ? {} : { local: request.local }),
        ...(request.levels === undefined ? {} : { levels: request.levels }),
        ...(request.explain === undefined ? {} : { explain: request.explain }),
        ...(request.flat === undefined ? {} : { flat: request.flat }),
        ...(request.contextTypes === undefined ? {} : { contextTypes: request.contextTypes }),
        ...(request.perEntry === undefined ? {} : { perEntry: request.perEntry }),
        ...(request.scoreThreshold === undefined ? {} : { scoreThreshold: request.scoreThreshold }),
      });
      const [memories, resources, skills] = await Promise.all(
        [found.memories, found.resources, found.skills].map((hits) =>
          described(
            principal,
            hits.filter((hit) => !isComposed(principal, hit)),
          ),
        ),
      );
      const total = memories!.length + resources!.length + skills!.length;
      return { ...found, memories: memories!, resources: resources!, skills: skills!, total };
    },
    async grep(principal, request) {
      const real = await guard(principal, request.uri, 'read');
      return retrieval.grep({
        path: contentPath(principal, request.uri),
        real: contentPath(principal, real),
        pattern: request.pattern,
        caseInsensitive: request.caseInsensitive ?? false,
        nodeLimit: request.nodeLimit ?? 256,
        levelLimit: request.levelLimit ?? 10,
        isVisible: (path) => mayRead(principal, path),
        ...(request.excludeUri === undefined ? {} : { exclude: contentPath(principal, request.excludeUri) }),
      });
    },
    async glob(principal, pattern, uri, nodeLimit = 256) {
      const real = await guard(principal, uri, 'read');
      return retrieval.glob({
        path: contentPath(principal, uri),
        real: contentPath(principal, real),
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
  const skills = VikingUri.user(skillsOwner(principal), 'skills');
  const theirs = principal.agentSpace === undefined ? [own] : [own, skills];
  const everything = [VikingUri.resources(), ...theirs];
  const uris = (asked.length === 0 ? [VikingUri.root] : asked).flatMap((uri) => {
    if (uri.isRoot) return everything;
    if (uri.scope === 'user' && uri.segments.length === 1) return theirs;
    const isAgents = principal.agentSpace !== undefined && uri.userId === principal.agentSpace;
    if (isAgents && uri.segments.length === 2) return [skills];
    assertAccess(principal, uri, 'read');
    return [uri];
  });
  return [...new Set(uris.map((uri) => contentPath(principal, uri)))];
}

/** A directory whose layers tell of entries this caller cannot see: they are no answer to anything the caller asks. */
function isComposed(principal: Principal, { level, uri }: Hit): boolean {
  return level !== 2 && composedParts(principal, VikingUri.fromCanonical(uri).parent()) !== undefined;
}

function mayRead(principal: Principal, path: string): boolean {
  const found = pathUri(path);
  return found !== undefined && found.account === principal.account && isVisible(principal, found.uri);
}
