import type { DebugHealth, MemoryStats, SessionStats } from '../../api/results.ts';
import { memoryStatsQuery } from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import type { Handler } from '../ask.ts';
import { observerRoutes } from './observer.ts';

/** Deeper, and more, than memories are kept. */
const ANY_DEPTH = 100;
const MEMORIES_MOST = 100_000;

/** `/api/v1/stats` and `/api/v1/debug/health`: counts. */
export function statsRoutes(core: Core) {
  const { observerSystem } = observerRoutes(core);
  return {
    async memoryStats({ principal, query }): Promise<MemoryStats> {
      const { category } = query(memoryStatsQuery);
      const root = core.files.parseUri(principal, 'viking://~/memories');
      const how = { recursive: true, levelLimit: ANY_DEPTH, nodeLimit: MEMORIES_MOST, absLimit: 0 };
      const profile = await core.files
        .stat(principal, core.files.parseUri(principal, 'viking://~/profile.md'))
        .then(
          ({ isDir }) => (isDir ? [] : ['profile']),
          () => [],
        );
      const entries = await core.files.list(principal, root, how);
      const kept = entries.flatMap(({ isDir, rel_path = '' }) =>
        isDir || !rel_path.endsWith('.md') || !rel_path.includes('/') ? [] : [rel_path.split('/')[0]!],
      );
      const counts: Record<string, number> = {};
      for (const name of [...profile, ...kept])
        if (category === undefined || category === name) counts[name] = (counts[name] ?? 0) + 1;
      const total_memories = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return { total_memories, by_category: counts };
    },

    async sessionStats({ owner, params }): Promise<SessionStats> {
      const session = await core.sessions.get(owner, params['id'] ?? '');
      const { session_id, message_count, total_message_count, pending_tokens, commit_count } = session;
      return {
        session_id,
        message_count,
        total_message_count,
        pending_tokens,
        commit_count,
        memories_extracted: session.memories_extracted,
        contexts_used: session.used_pending.length,
      };
    },

    async debugHealth(ask): Promise<DebugHealth> {
      const { is_healthy, errors } = await observerSystem(ask);
      return { healthy: is_healthy, errors };
    },
  } satisfies Record<string, Handler>;
}
