import type { FindResult, Hit, Reranked, RerankState } from '../api/results.ts';
import type { Logger } from '../base/log.ts';
import { clip } from '../base/tokens.ts';
import { toVikingError } from '../errors/index.ts';
import type { Reranker } from '../models/index.ts';
import { best, RERANKED_MOST, ranked, reordered } from '../retrieval/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';

/** Characters of a passage that are judged: what the usual cross encoders read (512 tokens), and less for a chat model. */
const DOCUMENT_CHARS = { endpoint: 2_000, chat: 800 } as const;
/** What somebody who asks waits for a chat model; an endpoint has a bound of its own. */
const CHAT_MS = 8_000;

/** What of a question reranking has to know. */
export interface Asked {
  readonly query: string;
  readonly limit?: number;
  /** Waits for no model: the order stays. */
  readonly local?: boolean;
  readonly explain?: boolean;
}

export interface Reranking {
  /** Undefined unless configured. */
  state(): RerankState | undefined;
  /**
   * What `find` answers, with the best hits in the order of the model. Never rejects for the model's sake: without a usable
   * answer the order is that of `find`, and it is counted.
   */
  around(
    principal: Principal,
    asked: Asked,
    find: (limit: number) => Promise<FindResult>,
  ): Promise<FindResult>;
}

export interface RerankingOptions {
  readonly reranker: Reranker | undefined;
  readonly log: Logger;
  /** Text of a file the caller may read. */
  read(principal: Principal, uri: VikingUri): Promise<string>;
}

/** Reordering of answers by a model, for those who asked a door that may wait. */
export function createReranking({ reranker, log, read }: RerankingOptions): Reranking {
  let done = 0;
  let fallbacks = 0;
  let lastFallback: string | undefined;

  async function documentOf(principal: Principal, hit: Hit, chars: number): Promise<string> {
    const name = hit.uri.slice('viking://'.length);
    if (hit.lines === undefined) return clip(`${name}\n${hit.abstract}`, chars);
    const { start, end } = hit.lines;
    const text = await read(principal, VikingUri.fromCanonical(hit.uri)).catch(() => undefined);
    const passage =
      text
        ?.split('\n', end)
        .slice(start - 1)
        .join('\n') ?? hit.abstract;
    return clip(`${name}\n${passage}`, chars);
  }

  async function judge(
    by: Reranker,
    principal: Principal,
    asked: Asked,
    found: FindResult,
  ): Promise<{ readonly result: FindResult; readonly told: Reranked }> {
    const { model } = by;
    const hits = ranked(found).slice(0, RERANKED_MOST);
    if (hits.length < 2) return { result: found, told: { model, judged: 0 } };
    const question = found.query_plan?.queries[0]?.query ?? asked.query;
    try {
      const chars = DOCUMENT_CHARS[by.by];
      const documents = await Promise.all(hits.map((hit) => documentOf(principal, hit, chars)));
      const relevance = await by.rank(
        question,
        documents,
        { priority: 'interactive', cause: 'rerank' },
        by.by === 'chat' ? { timeoutMs: CHAT_MS } : {},
      );
      done++;
      return { result: reordered(question, found, relevance), told: { model, judged: hits.length } };
    } catch (error) {
      const { message } = toVikingError(error);
      fallbacks++;
      lastFallback = message;
      log.info({ error: message }, 'an answer was not reranked');
      return { result: found, told: { model, judged: 0, fallback: message } };
    }
  }

  return {
    state: () =>
      reranker && {
        by: reranker.by,
        model: reranker.model,
        reordered: done,
        fallbacks,
        last_fallback: lastFallback ?? null,
      },
    async around(principal, asked, find) {
      const limit = asked.limit ?? 10;
      if (reranker === undefined || asked.local === true) return find(limit);
      const found = await find(Math.max(limit, RERANKED_MOST));
      const { result, told } = await judge(reranker, principal, asked, found);
      const { provenance } = found;
      return {
        ...best(result, limit),
        ...(provenance === undefined ? {} : { provenance: { ...provenance, rerank: told } }),
      };
    },
  };
}
