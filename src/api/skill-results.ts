/** Result shapes of tags, skills, watches and batches of writes. Types only. */
import type { ContextType } from '../uri/index.ts';
import type { WriteResult } from './results.ts';

export interface AttributesResult {
  readonly uri: string;
  readonly context_type: ContextType;
  readonly attrs: { readonly tags: readonly string[] };
}

export interface SetTagsResult {
  readonly uri: string;
  readonly tags: readonly string[];
  readonly mode: 'replace' | 'append';
  /** Entries that were given the tags. */
  readonly updated: number;
}

export interface SkillSummary {
  readonly type: 'skill';
  readonly name: string;
  readonly uri: string;
  readonly root_uri: string;
  readonly skill_md_uri: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly allowed_tools: readonly string[];
}

export interface SkillWriteResult extends SkillSummary {
  readonly status: 'success';
  readonly auxiliary_files: number;
  readonly warnings: readonly string[];
}

export interface SkillFile {
  /** Below the skill's directory. */
  readonly path: string;
  readonly uri: string;
  readonly kind: 'definition' | 'summary' | 'auxiliary' | 'directory';
  readonly size: number;
}

export interface SkillDetail extends SkillSummary {
  readonly content?: string;
  readonly files?: readonly SkillFile[];
  /** What was said of its source when it was added; null when nothing was. */
  readonly source_metadata?: Readonly<Record<string, unknown>> | null;
}

export interface SkillListResult {
  readonly root_uri: string;
  readonly root_uris: readonly string[];
  readonly skills: readonly SkillSummary[];
  readonly total: number;
}

export interface SkillHit extends SkillSummary {
  readonly score: number;
  readonly match_reason: string;
  readonly level: number;
  readonly abstract: string;
}

export interface SkillFindResult {
  readonly skills: readonly SkillHit[];
  readonly total: number;
}

export interface SkillRemoveResult {
  readonly name: string;
  readonly uri: string;
  readonly root_uri: string;
  readonly estimated_deleted_count: number;
  readonly privacy_deleted: boolean;
}

export interface SkillValidation {
  readonly valid: boolean;
  readonly strict: boolean;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly allowed_tools: readonly string[];
  readonly body_lines: number;
  readonly source_path: string | null;
  readonly skill_dir_name: string | null;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** A source that is imported again at an interval. */
export interface WatchResult {
  readonly task_id: string;
  /** Path on the daemon's machine. */
  readonly path: string;
  readonly to_uri: string;
  readonly reason: string;
  readonly instruction: string;
  /** Minutes. */
  readonly watch_interval: number;
  readonly is_active: boolean;
  /** ISO-8601; null before the first. */
  readonly last_execution_time: string | null;
  readonly next_execution_time: string | null;
  readonly created_at: string;
  /** Why the last import failed; null when it did not. */
  readonly last_error: string | null;
  readonly account_id: string;
  readonly user_id: string;
}

export interface WatchListResult {
  readonly tasks: readonly WatchResult[];
  readonly total: number;
}

export interface BatchWriteResult {
  readonly root_uri: string;
  readonly results: readonly WriteResult[];
  readonly written: number;
  readonly written_bytes: number;
}
