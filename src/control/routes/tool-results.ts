import type { ToolResultList, ToolResultMatches, ToolResultPage } from '../../api/results.ts';
import { toolResultQuery, toolResultSearchQuery, toolResultsQuery } from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import type { Handler } from '../ask.ts';

const UNIT = 'unicode_code_point';

/** `/api/v1/sessions/{id}/tool-results`: outputs too large for their messages. */
export function toolResultRoutes(core: Core) {
  return {
    async toolResultList({ owner, params, query }): Promise<ToolResultList> {
      const q = query(toolResultsQuery);
      const kept = await core.sessions.toolResults(owner, params['id'] ?? '');
      const asked = kept.filter(({ meta }) => q.tool_name === undefined || meta.tool_name === q.tool_name);
      return { tool_results: asked.slice(0, q.limit).map(({ meta }) => meta) };
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
      return { tool_result_id: meta.tool_result_id, matches: matchesOf(text, q, { limit, context_chars }) };
    },
  } satisfies Record<string, Handler>;
}

/** Places where `words` is written, in any case, each with what is around it. */
function matchesOf(
  text: string,
  words: string,
  { limit, context_chars }: { readonly limit: number; readonly context_chars: number },
): ToolResultMatches['matches'] {
  const pattern = new RegExp(words.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'giu');
  const matches: ToolResultMatches['matches'][number][] = [];
  let [seen, offset] = [0, 0];
  for (const { index, 0: found } of text.matchAll(pattern)) {
    if (matches.length === limit) break;
    for (const _point of text.slice(seen, index)) offset += 1;
    seen = index;
    // Never half of a character: a slice that would begin or end inside one leaves it out.
    const snippet = text.slice(Math.max(0, index - context_chars), index + found.length + context_chars);
    matches.push({
      offset,
      offset_unit: UNIT,
      snippet: snippet.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, ''),
    });
  }
  return matches;
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
