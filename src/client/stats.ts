import type {
  ContextResult,
  DebugHealth,
  MemoryStats,
  SessionExtractResult,
  SessionStats,
  ToolResultList,
  ToolResultMatches,
  ToolResultPage,
} from '../api/results.ts';
import type { Call } from './transport.ts';

type AskFor = <T>(call: Call) => Promise<T>;

/** Extraction ends when it ends: a bound only against a daemon that is gone. */
const LONG_MS = 3_600_000;

/** Counts, and what is kept of a session's large tool outputs. */
export function statsCalls(ask: AskFor) {
  return {
    memoryStats: (category?: string) =>
      ask<MemoryStats>({ route: 'memoryStats', query: category === undefined ? {} : { category } }),
    sessionStats: (id: string) => ask<SessionStats>({ route: 'sessionStats', params: { id } }),
    debugHealth: () => ask<DebugHealth>({ route: 'debugHealth' }),

    /** Memories of the live messages, without a commit. */
    extractSession: (id: string) =>
      ask<SessionExtractResult>({ route: 'sessionExtract', params: { id }, body: {}, waitMs: LONG_MS }),
    toolResults: (id: string, query: { tool_name?: string | undefined; limit?: number | undefined } = {}) =>
      ask<ToolResultList>({ route: 'toolResultList', params: { id }, query: { ...query } }),
    /** `offset` and `limit` in code points; a limit of -1 is the rest. */
    toolResult: (
      id: string,
      result: string,
      query: { offset?: number; limit?: number; include_metadata?: boolean } = {},
    ) => ask<ToolResultPage>({ route: 'toolResultGet', params: { id, result }, query: { ...query } }),
    searchToolResult: (id: string, result: string, q: string) =>
      ask<ToolResultMatches>({ route: 'toolResultSearch', params: { id, result }, query: { q } }),

    /** The reference's older name of a block of context. */
    recall: (request: { query: string; max_chars?: number | undefined; min_score?: number | undefined }) =>
      ask<ContextResult>({ route: 'recall', body: request }),
  };
}
