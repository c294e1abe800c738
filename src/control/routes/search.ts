import type { z } from 'zod';
import type { ContextResult } from '../../api/results.ts';
import {
  CONTEXT_ONLY,
  findBody,
  globBody,
  grepBody,
  LATER_IN_FIND,
  LIST_ONLY,
  recallBody,
  searchBody,
} from '../../api/schemas/index.ts';
import type { ContextRequest, Core, FindRequest } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import type { Principal } from '../../tenancy/index.ts';
import type { Handler } from '../ask.ts';
import { refuseLater } from '../later.ts';

/** Of plain English text. */
const CHARS_OF_TOKEN = 4;

/** `/api/v1/search` */
export function searchRoutes(core: Core) {
  return {
    async find({ principal, body }) {
      const request = findRequest(core, principal, await body(findBody));
      return core.search.find(principal, request);
    },

    async search({ principal, owner, body }) {
      const b = await body(searchBody);
      const session = b.session_id === undefined ? {} : { sessionId: b.session_id };
      if (b.session_id !== undefined) await core.sessions.get(owner, b.session_id);
      if (b.mode === 'context') return context(core, principal, b, session);
      const strange = CONTEXT_ONLY.filter((key) => b[key] !== undefined);
      if (strange.length > 0) {
        throw new VikingError('INVALID_ARGUMENT', `${strange.join(', ')}: only of mode "context"`);
      }
      return core.search.search(principal, { ...findRequest(core, principal, b), ...session });
    },

    async recall({ principal, owner, body }) {
      const { max_chars, min_score, render: _render, ...b } = await body(recallBody);
      const session = b.session_id === undefined ? {} : { sessionId: b.session_id };
      if (b.session_id !== undefined) await core.sessions.get(owner, b.session_id);
      const asked = {
        ...b,
        mode: 'context' as const,
        max_tokens: b.max_tokens ?? Math.min(32_000, Math.ceil(max_chars / CHARS_OF_TOKEN)),
        score_threshold: b.score_threshold ?? min_score,
      };
      return context(core, principal, asked, session);
    },

    async grep({ principal, body }) {
      const b = await body(grepBody);
      return core.search.grep(principal, {
        uri: core.files.parseUri(principal, b.uri),
        pattern: b.pattern,
        caseInsensitive: b.case_insensitive,
        ...(b.exclude_uri === undefined ? {} : { excludeUri: core.files.parseUri(principal, b.exclude_uri) }),
        nodeLimit: b.node_limit,
        levelLimit: b.level_limit,
      });
    },

    async glob({ principal, body }) {
      const b = await body(globBody);
      return core.search.glob(principal, b.pattern, core.files.parseUri(principal, b.uri), b.node_limit);
    },
  } satisfies Record<string, Handler>;
}

async function context(
  core: Core,
  principal: Principal,
  b: z.infer<typeof searchBody>,
  session: { sessionId?: string },
): Promise<ContextResult> {
  const strange: string[] = LIST_ONLY.filter((key) => b[key] !== undefined);
  if (b.include_provenance) strange.push('include_provenance');
  if (strange.length > 0) {
    throw new VikingError(
      'INVALID_ARGUMENT',
      `${strange.join(', ')}: not of mode "context", which is bounded by max_tokens and quotas`,
    );
  }
  if (b.target_uri.length > 0) {
    throw new VikingError('INVALID_ARGUMENT', 'target_uri: not of mode "context", which looks everywhere');
  }
  return core.search.context(principal, {
    ...findRequest(core, principal, b),
    ...(b.query_expansion === 'off' ? {} : session),
    ...(b.max_tokens === undefined ? {} : { maxTokens: b.max_tokens }),
    ...(b.quotas === undefined ? {} : { quotas: b.quotas }),
    ...((b.node_limit ?? b.limit) === undefined ? {} : { entriesMost: b.node_limit ?? b.limit }),
    ...(b.purpose === undefined ? {} : { purpose: b.purpose }),
    ...(b.detail === undefined ? {} : { detail: mostDetail(b.detail) }),
    ...(b.peer_scope === undefined ? {} : { peers: b.peer_scope }),
    ...(b.session_id === undefined ? {} : { recall: { sessionId: b.session_id, turns: b.dedup_turns ?? 0 } }),
    ...(b.rewrite === undefined ? {} : { rewrite: b.rewrite }),
    ...(b.rewrite_max_bullets === undefined ? {} : { bulletsMost: b.rewrite_max_bullets }),
    ...(b.other_peer_penalty === undefined ? {} : { otherPeerPenalty: b.other_peer_penalty }),
    ...(b.exclude_uris === undefined ? {} : { excludeUris: b.exclude_uris }),
  });
}

type GivenDetail = NonNullable<z.infer<typeof searchBody>['detail']>;

/** `auto` is as much as fits. */
function mostDetail(detail: GivenDetail): NonNullable<ContextRequest['detail']> {
  const most = (one: Extract<GivenDetail, string>) => (one === 'auto' ? 'full' : one);
  if (typeof detail === 'string') return most(detail);
  return Object.fromEntries(Object.entries(detail).map(([category, one]) => [category, most(one)]));
}

type Question = Omit<z.infer<typeof findBody>, 'limit'> & { readonly limit?: number | undefined };

function findRequest(core: Core, principal: Principal, b: Question): FindRequest {
  refuseLater(b, LATER_IN_FIND);
  if (b.query.trim() === '') throw new VikingError('INVALID_ARGUMENT', 'query: must not be empty');
  const targets = b.target_uri.map((text) => core.files.parseUri(principal, text));
  return {
    query: b.query,
    ...(targets.length === 0 ? {} : { targets }),
    ...(b.context_type === undefined ? {} : { contextTypes: b.context_type }),
    limit: b.node_limit ?? b.limit ?? 10,
    explain: b.include_provenance,
    ...(b.filter === undefined ? {} : { filter: b.filter }),
    ...(b.tags === undefined ? {} : { tags: b.tags }),
    ...(b.since === undefined ? {} : { since: b.since }),
    ...(b.until === undefined ? {} : { until: b.until }),
    ...(b.time_field === undefined ? {} : { timeField: b.time_field }),
    ...(b.level === undefined ? {} : { levels: b.level }),
    ...(b.per_entry === undefined ? {} : { perEntry: b.per_entry }),
    ...(b.score_threshold === undefined ? {} : { scoreThreshold: b.score_threshold }),
  };
}
