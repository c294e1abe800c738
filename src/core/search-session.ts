import type { ContextResult, FindResult, Hit, Message } from '../api/results.ts';
import type { Chat } from '../models/index.ts';
import {
  type Candidate,
  contextBlock,
  digestOf,
  mergeResults,
  planQueries,
  QUOTAS,
  ranked,
  type Spoken,
  withPeerPenalty,
} from '../retrieval/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import type { ContextDetail, ContextRequest, CoreSearch, CoreSessions, SearchRequest } from './core.ts';
import type { Reranking } from './reranking.ts';

const CONTEXT_TOKENS = 1_600;
const CONTEXT_HITS = 20;
/** However many are asked for, each is read. */
const CONTEXT_HITS_MAX = 100;
const BULLETS_MOST = 6;
/** Tokens of a session that are looked at for planning. */
const SPOKEN_TOKENS = 8_000;
const FULL_MOST_CHARS = 64 * 1024;

export interface SessionSearchOptions {
  /** In the order of words and vectors. */
  readonly find: CoreSearch['find'];
  readonly reranking: Pick<Reranking, 'around'>;
  readonly sessions: Pick<CoreSessions, 'context' | 'recalled' | 'noteRecalled'>;
  /** Text of a file the caller may read. */
  read(principal: Principal, uri: VikingUri): Promise<string>;
  readonly chat: Chat | undefined;
}

/** Finding with what was said in a session, and as a block of text within a budget. */
export function createSessionSearch({ find, reranking, sessions, read, chat }: SessionSearchOptions) {
  async function spokenIn(principal: Principal, sessionId: string): Promise<Spoken> {
    const context = await sessions.context(principal, sessionId, SPOKEN_TOKENS);
    return {
      overview: context.latest_archive_overview,
      messages: context.messages.map((message) => ({ role: message.role, text: textOf(message) })),
    };
  }

  async function search(principal: Principal, request: SearchRequest): Promise<FindResult> {
    const spoken = request.sessionId === undefined ? undefined : await spokenIn(principal, request.sessionId);
    const plan = await planQueries(request.query, spoken, request.local === true ? undefined : chat);
    return reranking.around(principal, request, async (limit) => {
      const results = await Promise.all(
        plan.queries.map(({ query, context_type }) => {
          const types = request.contextTypes ?? (context_type === null ? undefined : [context_type]);
          return find(principal, {
            ...request,
            limit,
            query,
            ...(types === undefined ? {} : { contextTypes: types }),
          });
        }),
      );
      const merged = mergeResults(results, limit);
      const provenance = results[0]?.provenance;
      return { ...merged, query_plan: plan, ...(provenance === undefined ? {} : { provenance }) };
    });
  }

  /** The passage and the whole of a hit; what cannot be read is left at its abstract. */
  async function candidate(principal: Principal, hit: Hit): Promise<Candidate> {
    if (hit.level !== 2) return { hit, texts: { abstract: hit.abstract } };
    const text = await read(principal, VikingUri.fromCanonical(hit.uri)).catch(() => undefined);
    if (text === undefined) return { hit, texts: { abstract: hit.abstract } };
    const passage =
      hit.lines === undefined
        ? undefined
        : text
            .split('\n')
            .slice(hit.lines.start - 1, hit.lines.end)
            .join('\n')
            .trim();
    return {
      hit,
      texts: {
        abstract: hit.abstract,
        ...(passage === undefined ? {} : { overview: passage }),
        ...(text.length > FULL_MOST_CHARS ? {} : { full: text.trim() }),
      },
    };
  }

  async function context(principal: Principal, request: ContextRequest): Promise<ContextResult> {
    const { recall } = request;
    const recent = await handedOut(principal, request);
    const exclude = new Set([...(request.excludeUris ?? []), ...recent]);
    const most = Math.min(request.entriesMost ?? CONTEXT_HITS, CONTEXT_HITS_MAX);
    const limit = Math.max(most, CONTEXT_HITS) + exclude.size;
    const found = await search(principal, { ...request, limit, levels: [0, 2] });
    const fresh = withPeerPenalty(
      ranked(found).filter((hit) => !exclude.has(hit.uri)),
      principal.actorPeer,
      request.otherPeerPenalty,
    );
    // Of few, files: a file says what its directory only mentions.
    const hits = (request.entriesMost === undefined ? fresh : filesFirst(fresh)).slice(0, most);
    const candidates = await Promise.all(hits.map((hit) => candidate(principal, hit)));
    const block = contextBlock(candidates, {
      maxTokens: request.maxTokens ?? CONTEXT_TOKENS,
      quotas: request.quotas ?? QUOTAS[request.purpose ?? 'chat'],
      // Quotas that somebody asked for are kept; those of a purpose only say what comes first.
      fill: request.quotas === undefined,
      ceiling: (category) => mostDetail(request.detail, category),
    });
    if (recall !== undefined) {
      const uris = block.entries.map(({ uri }) => uri);
      sessions.noteRecalled(principal, recall.sessionId, uris);
    }
    const digest = await digestOf(block.entries, {
      query: request.query,
      rewrite: request.rewrite ?? false,
      bulletsMost: request.bulletsMost ?? BULLETS_MOST,
      chat: request.local === true ? undefined : chat,
    });
    return { ...block, digest: digest.text, digest_writer: digest.writer, freshness: found.freshness };
  }

  async function handedOut(principal: Principal, { recall }: ContextRequest): Promise<Iterable<string>> {
    if (recall === undefined || recall.turns === 0) return [];
    return sessions.recalled(principal, recall.sessionId, recall.turns);
  }

  return { search, context };
}

function filesFirst(hits: readonly Hit[]): readonly Hit[] {
  const isFile = ({ level }: Hit): boolean => level === 2;
  return [...hits.filter(isFile), ...hits.filter((hit) => !isFile(hit))];
}

function mostDetail(detail: ContextRequest['detail'], category: string): ContextDetail {
  if (typeof detail !== 'object') return detail ?? 'full';
  return Object.hasOwn(detail, category) ? detail[category]! : 'full';
}

function textOf({ parts }: Message): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
