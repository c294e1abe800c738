import type {
  SkillDetail,
  SkillFindResult,
  SkillListResult,
  SkillRemoveResult,
  SkillWriteResult,
  WatchListResult,
  WatchResult,
} from '../api/results.ts';
import type { Call } from './transport.ts';

type AskFor = <T>(call: Call) => Promise<T>;

/** Work that ends when it ends: a bound only against a daemon that is gone. */
const LONG_MS = 3_600_000;

export interface AddSkillRequest {
  /** Text of a `SKILL.md`, its fields, or an MCP tool definition. */
  readonly data?: string | object | undefined;
  readonly temp_file_id?: string | undefined;
  readonly path?: string | undefined;
  readonly wait?: boolean | undefined;
}

export interface WatchUpdate {
  /** Minutes. */
  readonly watch_interval?: number | undefined;
  readonly is_active?: boolean | undefined;
}

/** Calls about skills and watches. */
export function skillCalls(ask: AskFor) {
  const byName = (name: string) => ({ params: { name } });
  const byId = (id: string) => ({ params: { id } });
  return {
    addSkill: (request: AddSkillRequest) =>
      ask<SkillWriteResult>({ route: 'skillAdd', body: request, waitMs: LONG_MS }),
    skills: () => ask<SkillListResult>({ route: 'skillList' }),
    skill: (name: string) => ask<SkillDetail>({ route: 'skillGet', ...byName(name) }),
    findSkills: (query: string, limit?: number) =>
      ask<SkillFindResult>({ route: 'skillFind', body: { query, limit } }),
    removeSkill: (name: string) => ask<SkillRemoveResult>({ route: 'skillRemove', ...byName(name) }),

    watches: (active_only = false) => ask<WatchListResult>({ route: 'watchList', query: { active_only } }),
    watch: (id: string) => ask<WatchResult>({ route: 'watchGet', ...byId(id) }),
    updateWatch: (id: string, body: WatchUpdate) =>
      ask<WatchResult>({ route: 'watchUpdate', ...byId(id), body }),
    removeWatch: (id: string) =>
      ask<{ task_id: string; to_uri: string }>({ route: 'watchRemove', ...byId(id) }),
    triggerWatch: (id: string) =>
      ask<WatchResult & { run_task_id: string }>({ route: 'watchTrigger', ...byId(id) }),
  };
}
