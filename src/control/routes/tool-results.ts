import type { ToolResultList, ToolResultMatches, ToolResultPage } from '../../api/results.ts';
import { toolResultQuery, toolResultSearchQuery, toolResultsQuery } from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import type { Handler } from '../ask.ts';
import { textMatches } from '../text-matches.ts';

const UNIT = 'unicode_code_point';

/** `/api/v1/sessions/{id}/tool-results`: outputs too large for their messages. */
export function toolResultRoutes(core: Core) {
  return {
    async toolResultList({ owner, params, query }): Promise<ToolResultList> {
      const { tool_name: toolName, limit } = query(toolResultsQuery);
      return {
        tool_results: await core.sessions.toolResults(owner, params['id'] ?? '', { toolName, limit }),
      };
    },

    async toolResultGet({ owner, params, query }): Promise<ToolResultPage> {
      const { offset, limit, include_metadata } = query(toolResultQuery);
      const { meta, text } = await core.sessions.toolResult(
        owner,
        params['id'] ?? '',
        params['result'] ?? '',
      );
      const end = limit < 0 ? meta.total_chars : offset + limit;
      return {
        tool_result_id: meta.tool_result_id,
        content: codePointsOf(text, offset, end),
        offset,
        limit,
        offset_unit: UNIT,
        total_chars: meta.total_chars,
        has_more: end < meta.total_chars,
        ...(include_metadata ? { metadata: meta } : {}),
      };
    },

    async toolResultSearch({ owner, params, query }): Promise<ToolResultMatches> {
      const { q, limit, context_chars } = query(toolResultSearchQuery);
      const { meta, text } = await core.sessions.toolResult(
        owner,
        params['id'] ?? '',
        params['result'] ?? '',
      );
      const found = await textMatches(text, q, limit);
      return {
        tool_result_id: meta.tool_result_id,
        matches: found.map(({ index, offset }) => ({
          offset,
          offset_unit: UNIT,
          snippet: snippetOf(text, index - context_chars, index + q.length + context_chars),
        })),
      };
    },
  } satisfies Record<string, Handler>;
}

/** What is around a match. Never half of a character: a cut that would begin or end inside one leaves it out. */
function snippetOf(text: string, from: number, to: number): string {
  return text.slice(Math.max(0, from), to).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
}

/** Code points `start` to `end` of a text. */
function codePointsOf(text: string, start: number, end: number): string {
  let [place, from, to] = [0, text.length, text.length];
  let index = 0;
  for (const point of text) {
    if (place === start) from = index;
    if (place === end) {
      to = index;
      break;
    }
    place += 1;
    index += point.length;
  }
  return text.slice(from, to);
}
