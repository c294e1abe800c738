import type {
  SkillDetail,
  SkillFindResult,
  SkillListResult,
  SkillRemoveResult,
  SkillValidation,
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

export interface ValidateSkillRequest {
  readonly strict?: boolean | undefined;
  readonly source_path?: string | undefined;
  readonly skill_dir_name?: string | undefined;
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
    /** Brings an existing skill to new files. */
    updateSkill: (name: string, request: AddSkillRequest) =>
      ask<SkillWriteResult>({ route: 'skillUpdate', ...byName(name), body: request, waitMs: LONG_MS }),
    validateSkill: (data: string | object, request: ValidateSkillRequest = {}) =>
      ask<SkillValidation>({ route: 'skillValidate', body: { data, ...request } }),
    removeSkill: (name: string) => ask<SkillRemoveResult>({ route: 'skillRemove', ...byName(name) }),

    watches: (active_only = false) => ask<WatchListResult>({ route: 'watchList', query: { active_only } }),
    watch: (id: string) => ask<WatchResult>({ route: 'watchGet', ...byId(id) }),
    updateWatch: (id: string, body: WatchUpdate) =>
      ask<WatchResult>({ route: 'watchUpdate', ...byId(id), body }),
    removeWatch: (id: string) =>
      ask<{ task_id: string; to_uri: string }>({ route: 'watchRemove', ...byId(id) }),
    triggerWatch: (id: string) =>
      ask<WatchResult & { run_task_id: string }>({ route: 'watchTrigger', ...byId(id) }),
    /** The same by the URI that a watch imports into. */
    watchOf: (to_uri: string) => ask<WatchResult>({ route: 'watchList', query: { to_uri } }),
    updateWatchOf: (to_uri: string, body: WatchUpdate) =>
      ask<WatchResult>({ route: 'watchUpdateByTarget', query: { to_uri }, body }),
    removeWatchOf: (to_uri: string) =>
      ask<{ task_id: string; to_uri: string }>({ route: 'watchRemoveByTarget', query: { to_uri } }),
    triggerWatchOf: (to_uri: string) =>
      ask<WatchResult & { run_task_id: string }>({ route: 'watchTriggerByTarget', query: { to_uri } }),
  };
}
