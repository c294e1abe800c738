/**
 * Result shapes on the wire. Field names are those of the HTTP API (snake_case where the API has it), and the
 * engines answer in these shapes, so that every door gives the same answer. Types only: nothing here runs.
 */
import type { ContextType } from '../uri/index.ts';
import type { IndexState } from './index-state.ts';
import type { RerankState } from './results-models.ts';

export type * from './layer-results.ts';
export type { ComponentHealth, SystemHealth } from './observer-results.ts';
export type { ModelsResult, RerankState, VectorsOfModel } from './results-models.ts';
export type * from './results-search.ts';
export type * from './session-results.ts';
export type * from './skill-results.ts';

/** State of a derived thing (layer, index) compared with what it was made from. */
export type Freshness = 'fresh' | 'stale' | 'missing' | 'failed';

export interface EntryResult {
  readonly uri: string;
  readonly name: string;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  readonly isDir: boolean;
  /** ISO-8601, UTC. */
  readonly modTime: string;
  /** L0, cut to the caller's `abs_limit`; empty when none is built. */
  readonly abstract: string;
  /** Only from `tree`: path below the asked URI. */
  readonly rel_path?: string;
}

export interface StatResult {
  readonly uri: string;
  readonly name: string;
  readonly size: number;
  /** POSIX permission bits. */
  readonly mode: number;
  readonly modTime: string;
  readonly isDir: boolean;
  readonly isLocked: boolean;
  /** Entries of a directory. */
  readonly count?: number;
  readonly context_type: ContextType;
  readonly active_count: number;
  /** Of a directory's layers, as what follows. */
  readonly freshness?: Freshness;
  /** Who wrote the abstract: `embedded`, `model` or `pinned`; absent while none is built. */
  readonly made_by?: string;
  /** ISO-8601; absent for a pinned layer. */
  readonly made_at?: string;
  /** Model and version of the prompts; absent unless a model wrote it. */
  readonly model?: string;
  /** Digest of what it was made from. */
  readonly stamp?: string;
  /** True while the model's version is on its way. */
  readonly awaits_model?: boolean;
  /** Of a directory: entries its overview shows, of how many there are; absent when it shows them all. */
  readonly sampled?: { readonly shown: number; readonly entries: number };
}

export interface WriteResult {
  readonly uri: string;
  readonly root_uri: string;
  readonly context_type: ContextType;
  readonly mode: string;
  readonly written_bytes: number;
  readonly content_updated: boolean;
  /** `complete` when the index held the new text before the answer, `queued` when it follows. */
  readonly vector_status: 'complete' | 'queued' | 'skipped';
  readonly semantic_status: 'complete' | 'queued' | 'skipped';
  /** Over HTTP: what `wait` answers, of a caller that waited; null for one that did not. */
  readonly queue_status?: Readonly<Record<string, QueueState>> | null;
}

export interface LineRange {
  /** 1-based, inclusive. */
  readonly start: number;
  readonly end: number;
}

export interface Hit {
  readonly uri: string;
  readonly context_type: ContextType;
  /** 2 for a file; directories are routes, not hits, unless asked for. */
  readonly level: 0 | 1 | 2;
  /** 0 to 1, comparable within one answer only. */
  readonly score: number;
  /** Best passage or abstract, one paragraph. */
  readonly abstract: string;
  readonly lines?: LineRange;
  readonly match_reason: string;
  readonly tags: readonly string[];
  readonly relations: readonly RelationResult[];
}

export interface IndexFreshness {
  readonly state: Freshness;
  /** Changed entries not yet indexed. */
  readonly pending: number;
  /** What is missing, in words: changes not yet indexed, or of a fresh index the question's vector. */
  readonly note?: string;
}

export interface RelationResult {
  readonly uri: string;
  readonly reason: string;
}

export type TaskStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** What one kind of background work has done, as `wait` answers it. */
export interface QueueState {
  readonly processed: number;
  readonly requeue_count: number;
  readonly error_count: number;
  readonly errors: readonly { readonly message: string }[];
}

export interface TaskResult {
  readonly task_id: string;
  readonly task_type: string;
  readonly status: TaskStatus;
  /** Milliseconds since the epoch. */
  readonly created_at: number;
  readonly updated_at: number;
  readonly created_at_iso: string;
  readonly updated_at_iso: string;
  /** What the task works on: a session id or a URI. */
  readonly resource_id: string;
  /** What else the task was asked with, besides whose it is. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Step under way or last done, for people. */
  readonly stage: string;
  readonly result: unknown;
  readonly error: string | null;
}

export type MessagePart =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'context';
      readonly uri: string;
      readonly context_type?: string;
      readonly abstract?: string;
    }
  | {
      readonly type: 'tool';
      readonly tool_id: string;
      readonly tool_name?: string;
      readonly tool_input?: unknown;
      readonly tool_output?: string;
      readonly tool_status?: string;
      readonly skill_uri?: string;
    }
  | { readonly type: 'image'; readonly url: string; readonly description?: string };

export interface Message {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly parts: readonly MessagePart[];
  readonly created_at: string;
  readonly peer_id?: string;
  readonly role_id?: string;
}

export interface MemoryPolicy {
  readonly self: { readonly enabled: boolean };
  readonly peer: { readonly enabled: boolean };
  readonly memory_types: readonly string[] | null;
  /** `all`: every candidate waits in `memories/.review/`. Absent: `off`. */
  readonly review?: 'off' | 'all' | undefined;
}

/** What became of one candidate. Outcomes are values: nothing that was not kept looks kept. */
export interface MemoryOutcome {
  readonly outcome: 'stored' | 'merged' | 'duplicate' | 'needs-review' | 'rejected' | 'nothing';
  /** Category; null when there was no candidate. */
  readonly memory_type: string | null;
  /** The memory it is in, or the review file it waits in; absent when it is in none. */
  readonly uri?: string;
  /** What was to be remembered; a mark in its place when it holds a secret. */
  readonly text: string;
  readonly message_ids: readonly string[];
  /**
   * Why it was rejected or waits: `secret`, `peer_not_enabled`, `self_not_enabled`, `memory_type_not_enabled`,
   * `unknown_memory_type`, `no_evidence`, `forgotten`, `review_policy`, `edited_by_hand`.
   */
  readonly reason?: string;
}

/** One change of one memory file: `before` is absent for a new one, `after` for one that went. */
export interface MemoryChange {
  readonly uri: string;
  readonly memory_type: string;
  readonly before?: string;
  readonly after?: string;
}

export interface MemoryOperations {
  readonly adds: readonly MemoryChange[];
  readonly updates: readonly MemoryChange[];
  readonly deletes: readonly MemoryChange[];
}

/** `memory_diff.json` of an archive. */
export interface MemoryDiff {
  readonly archive_uri: string;
  readonly extracted_at: string;
  readonly extractor: string;
  readonly operations: MemoryOperations;
  readonly summary: {
    readonly total_adds: number;
    readonly total_updates: number;
    readonly total_deletes: number;
  };
  readonly outcomes: readonly MemoryOutcome[];
}

/** What undoing a commit did to each memory it had touched. */
export interface UndoResult {
  readonly archive_uri: string;
  readonly restored: readonly string[];
  /** Left as they are, with the reason: they were changed since. */
  readonly refused: readonly { readonly uri: string; readonly reason: string }[];
}

/** A candidate that waits for a person. */
export interface ReviewEntry {
  readonly name: string;
  readonly uri: string;
  /** Where accepting puts it. */
  readonly target_uri: string;
  readonly memory_type: string;
  readonly evidence: readonly string[];
  readonly diff: string;
}

export interface ForgetResult {
  readonly uri: string;
  /** Texts taken out of the records of earlier commits. */
  readonly scrubbed: number;
}

/** Two memories of one category that say nearly the same. */
export interface TidyProposal {
  readonly memory_type: string;
  readonly keep: string;
  readonly merge: string;
  /** Share of words they have in common, 0 to 1. */
  readonly similarity: number;
}

/** When a session commits by itself; every field filled in. A threshold of 0 is none. */
export interface AutoCommitPolicy {
  readonly pending_token_threshold: number;
  readonly message_count_threshold: number;
  readonly idle_timeout_seconds: number;
  readonly keep_recent_count: number;
  readonly min_commit_interval_seconds: number;
}

/** What is put on memories of a session. */
export interface MemoryExtractionConfig {
  /** `key=value` each, on every event. */
  readonly events: { readonly tags: readonly string[] };
}

/** A session's `.meta.json` and the body of `GET /sessions/{id}`. */
export interface SessionResult {
  readonly session_id: string;
  readonly uri: string;
  readonly user: { readonly account_id: string; readonly user_id: string };
  readonly created_at: string;
  readonly updated_at: string;
  readonly message_count: number;
  readonly total_message_count: number;
  readonly pending_tokens: number;
  readonly commit_count: number;
  readonly memories_extracted: Readonly<Record<string, number>>;
  readonly last_commit_at: string | null;
  readonly last_message_at: string | null;
  readonly memory_policy: MemoryPolicy;
  /** Null: only when it is asked. */
  readonly auto_commit_policy: AutoCommitPolicy | null;
  readonly memory_extraction_config: MemoryExtractionConfig | null;
  /** Who has spoken, in the order they first did: `role_id`, `peer_id`, or the user. */
  readonly participants: readonly string[];
  /** URIs used since the last commit, and counts per URI already settled. */
  readonly used_pending: readonly string[];
}

export interface SessionListEntry {
  readonly session_id: string;
  readonly uri: string;
  readonly is_dir: true;
  readonly mod_time: string;
}

export interface AddMessagesResult {
  readonly session_id: string;
  readonly message_count: number;
  readonly pending_tokens: number;
  readonly added: number;
}

export interface CommitResult {
  readonly session_id: string;
  readonly status: 'committed' | 'accepted' | 'skipped';
  readonly archived: number;
  readonly archive_uri: string | null;
  readonly task_id: string | null;
  readonly memories_extracted: number;
  readonly active_count_updated: number;
  /** Estimated tokens of the messages that stay live. */
  readonly estimated_active_tokens: number;
  /** True when they are more than the commit's own budget for them. */
  readonly budget_exceeded: boolean;
  /** Over HTTP: the id of the request, by which the daemon's log names it. */
  readonly trace_id?: string;
  /** Why it was skipped. */
  readonly reason?: string;
  /** Which extractor ran: `rules` (no model), `model:{name}`, `rules-fallback` (the model gave no usable answer). */
  readonly extractor?: string;
}

export interface SessionContextResult {
  readonly latest_archive_overview: string;
  readonly pre_archive_abstracts: readonly string[];
  readonly messages: readonly Message[];
  readonly estimatedTokens: number;
  readonly stats: Readonly<Record<string, number>>;
}

export interface ArchiveResult {
  readonly archive_id: string;
  readonly abstract: string;
  readonly overview: string;
  readonly messages: readonly Message[];
}

export interface AddResourceResult {
  readonly status: 'success' | 'error';
  readonly root_uri: string;
  /** The watch that imports it again, when one was asked for. */
  readonly watch_task_id?: string;
  readonly files: number;
  readonly bytes: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  /** Over HTTP: what `wait` answers, of a caller that waited. */
  readonly queue_status?: Readonly<Record<string, QueueState>>;
}

/** What `GET /api/v1/system/status`, `ov status` and `.viking/status` say. */
export interface StatusResult {
  readonly initialized: boolean;
  readonly user: string;
  readonly account: string;
  readonly version: string;
  readonly pid: number;
  readonly home: string;
  /** Seconds since the daemon started. */
  readonly uptime: number;
  readonly index: IndexState;
  readonly layers: {
    readonly directories: number;
    readonly pending: number;
    /** Directories a model has yet to describe. */
    readonly awaiting_model: number;
    /** Why the model does not go on, if it does not. */
    readonly model_blocked?: string;
  };
  readonly jobs: { readonly pending: number; readonly running: number; readonly failed: number };
  readonly mounts: readonly MountResult[];
  readonly models: {
    readonly embedding: string;
    readonly chat: string;
    readonly rerank: RerankState | null;
  };
}

export interface MountResult {
  readonly mountpoint: string;
  readonly driver: string;
  readonly read_only: boolean;
  /** Whether other users of the machine get in. */
  readonly allow_other: boolean;
  readonly actor_peer: string | null;
  /** Whose namespace it shows. */
  readonly account: string;
  readonly user: string;
  /** The agent it was mounted for. */
  readonly agent: string | null;
}

/** One line of `.viking/errors`. */
export interface RecordedError {
  readonly time: string;
  readonly op: string;
  readonly path: string;
  readonly code: string;
  readonly errno: string;
  readonly message: string;
  readonly hint?: string;
  readonly pid?: number;
}

/** One line of `.viking/events`. */
export interface CoreEvent {
  readonly time: string;
  readonly type: string;
  readonly uri?: string;
  readonly [field: string]: unknown;
}

export interface NewAccountResult {
  readonly account_id: string;
  readonly admin_user_id: string;
  /** Shown this once; absent behind a gateway, where nobody has a key. */
  readonly user_key?: string;
}

export interface NewUserResult {
  readonly account_id: string;
  readonly user_id: string;
  readonly role: 'admin' | 'user';
  readonly user_key?: string;
}

export interface AccountEntry {
  readonly account_id: string;
  readonly created_at: string;
  readonly user_count: number;
  readonly deletion?: 'pending';
}

export interface UserEntry {
  readonly user_id: string;
  readonly role: 'admin' | 'user';
  readonly key_prefix: string;
  readonly created_at: string;
  readonly deletion?: 'pending';
}

export interface AccountSettings {
  readonly agent_evolution: { readonly enabled: boolean };
  readonly sessions: 'user' | 'account';
  readonly isolate_user_scope_by_agent: boolean;
  readonly isolate_agent_scope_by_user: boolean;
}

export interface RemovalResult {
  /** Whether the data is gone already; otherwise the task says when. */
  readonly deleted: boolean;
  readonly account_id: string;
  readonly user_id?: string;
  readonly task_id: string;
  readonly status?: 'accepted';
}

export interface RoleResult {
  readonly account_id: string;
  readonly user_id: string;
  readonly role: 'admin';
}
