import type { z } from 'zod';
import type { FindResult } from '../../api/results.ts';
import { findBody, globBody, grepBody, LATER_IN_FIND, searchBody } from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import type { Principal } from '../../tenancy/index.ts';
import type { Handler } from '../ask.ts';
import { refuseLater } from '../later.ts';

/** `/api/v1/search` */
export function searchRoutes(core: Core) {
  return {
    async find({ principal, body }) {
      return find(core, principal, await body(findBody));
    },

    async search({ principal, owner, body }) {
      const b = await body(searchBody);
      if (b.mode === 'context') {
        throw new VikingError('UNIMPLEMENTED', 'search mode "context" is not available in this version', {
          hint: 'Use mode "list", or GET /api/v1/sessions/{id}/context.',
        });
      }
      if (b.session_id !== undefined) await core.sessions.get(owner, b.session_id);
      const found = await find(core, principal, b);
      return {
        ...found,
        query_plan: {
          reasoning:
            'This version answers search as find: the question alone decides, the session is not used.',
          queries: [{ query: b.query, context_type: b.context_type ?? null }],
        },
      };
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

async function find(core: Core, principal: Principal, b: z.infer<typeof findBody>): Promise<FindResult> {
  refuseLater(b, LATER_IN_FIND);
  if (b.query.trim() === '') throw new VikingError('INVALID_ARGUMENT', 'query: must not be empty');
  const targets = b.target_uri.map((text) => core.files.parseUri(principal, text));
  return core.search.find(principal, {
    query: b.query,
    ...(targets.length === 0 ? {} : { targets }),
    ...(b.context_type === undefined ? {} : { contextTypes: b.context_type }),
    limit: b.node_limit ?? b.limit,
    explain: b.include_provenance,
    ...(b.filter === undefined ? {} : { filter: b.filter }),
    ...(b.tags === undefined ? {} : { tags: b.tags }),
    ...(b.since === undefined ? {} : { since: b.since }),
    ...(b.until === undefined ? {} : { until: b.until }),
    ...(b.time_field === undefined ? {} : { timeField: b.time_field }),
    ...(b.level === undefined ? {} : { levels: b.level }),
    ...(b.per_entry === undefined ? {} : { perEntry: b.per_entry }),
    ...(b.score_threshold === undefined ? {} : { scoreThreshold: b.score_threshold }),
  });
}
