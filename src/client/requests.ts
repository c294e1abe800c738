/** What callers pass, in the words of the API. Absent means the route's default. */
/** Wait until the layer is fresh, at most `timeout` seconds. */
export interface LayerRequest {
  readonly wait?: boolean | undefined;
  readonly timeout?: number | undefined;
}

export interface ListRequest {
  readonly simple?: boolean | undefined;
  readonly recursive?: boolean | undefined;
  readonly abs_limit?: number | undefined;
  readonly show_all_hidden?: boolean | undefined;
  readonly node_limit?: number | undefined;
  readonly sort_by?: 'name' | 'mtime' | undefined;
  readonly sort_order?: 'asc' | 'desc' | undefined;
}

export interface TreeRequest {
  readonly abs_limit?: number | undefined;
  readonly show_all_hidden?: boolean | undefined;
  readonly node_limit?: number | undefined;
  readonly level_limit?: number | undefined;
}

export interface WriteRequest {
  readonly mode?: 'replace' | 'append' | 'create' | undefined;
  readonly create_parent?: boolean | undefined;
  readonly wait?: boolean | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
}

/** One file of a batch; `content` or `content_base64`. */
export interface BatchOperation {
  readonly uri: string;
  readonly content?: string | undefined;
  readonly content_base64?: string | undefined;
  readonly mode?: 'replace' | 'append' | 'create' | 'upsert' | undefined;
}

export interface BatchRequest {
  readonly wait?: boolean | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
}

export interface SetTagsRequest {
  readonly mode?: 'replace' | 'append' | undefined;
  readonly recursive?: boolean | undefined;
}

export interface ReindexRequest {
  readonly mode?: 'vectors_only' | 'semantic_and_vectors' | 'prune_orphans' | undefined;
  /** Default true; false: a task. */
  readonly wait?: boolean | undefined;
  readonly dry_run?: boolean | undefined;
  /** False is for single files. */
  readonly recursive?: boolean | undefined;
}

export interface FindRequest {
  readonly query: string;
  readonly target_uri?: string | readonly string[] | undefined;
  readonly context_type?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly score_threshold?: number | undefined;
  readonly per_entry?: number | undefined;
  readonly filter?: Readonly<Record<string, unknown>> | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly level?: string | undefined;
  readonly include_provenance?: boolean | undefined;
}

export interface SearchRequest extends FindRequest {
  readonly session_id?: string | undefined;
}

export interface ContextRequest extends SearchRequest {
  readonly max_tokens?: number | undefined;
  readonly purpose?: string | undefined;
  /** Of every entry, or by category. */
  readonly detail?: string | Readonly<Record<string, string>> | undefined;
  /** Leaves out what the last so many answers in the session had, 0 to 100. */
  readonly dedup_turns?: number | undefined;
  /** `all` (default) or `actor`. */
  readonly peer_scope?: string | undefined;
  readonly exclude_uris?: readonly string[] | undefined;
  /** The entries in a few points, as `digest`; `auto`: where that makes them shorter. */
  readonly rewrite?: boolean | 'auto' | undefined;
  /** 1 to 20; default 6. */
  readonly rewrite_max_bullets?: number | undefined;
  readonly other_peer_penalty?: number | Readonly<Record<string, number>> | undefined;
}

export interface GrepRequest {
  readonly uri: string;
  readonly pattern: string;
  readonly exclude_uri?: string | undefined;
  readonly case_insensitive?: boolean | undefined;
  readonly node_limit?: number | undefined;
  readonly level_limit?: number | undefined;
}

export interface GlobRequest {
  readonly pattern: string;
  readonly uri?: string | undefined;
  readonly node_limit?: number | undefined;
}

export interface MessageRequest {
  readonly role: string;
  readonly content?: string | undefined;
  readonly parts?: readonly object[] | undefined;
  readonly peer_id?: string | undefined;
  readonly role_id?: string | undefined;
  readonly created_at?: string | undefined;
  readonly turn_id?: string | undefined;
  readonly message_kind?: string | undefined;
  readonly source_message_ids?: readonly string[] | undefined;
}

export interface CommitRequest {
  readonly keep_recent_count?: number | undefined;
  /** `turn_budget`: what stays live is said by the next three fields. */
  readonly retention_mode?: string | undefined;
  readonly keep_recent_turn_count?: number | undefined;
  /** Estimated tokens. */
  readonly retained_message_token_budget?: number | undefined;
  readonly min_raw_tail_steps?: number | undefined;
  /** Tags for the events of this commit. */
  readonly extraction_metadata?: { readonly event?: { readonly tags?: readonly string[] } } | undefined;
  /** Seconds. */
  readonly wait?: number | undefined;
}

/** Settings of a session to change: null switches one off, an absent one stays as it is. */
export interface SessionSettings {
  readonly auto_commit_policy?: object | null | undefined;
  /** Tags for the events of every commit. */
  readonly memory_extraction_config?:
    | { readonly events?: { readonly tags?: readonly string[] | undefined } | undefined }
    | null
    | undefined;
}

export interface AddResourceRequest {
  readonly path?: string | undefined;
  readonly temp_file_id?: string | undefined;
  readonly to?: string | undefined;
  readonly parent?: string | undefined;
  readonly create_parent?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly instruction?: string | undefined;
  readonly source_name?: string | undefined;
  /** Minutes; above 0 the source is imported again and again. */
  readonly watch_interval?: number | undefined;
  readonly strict?: boolean | undefined;
  readonly wait?: boolean | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly ignore_dirs?: readonly string[] | undefined;
}

export interface MountRequest {
  readonly mountpoint: string;
  readonly driver?: string | undefined;
  readonly read_only?: boolean | undefined;
  readonly allow_other?: boolean | undefined;
  readonly actor_peer?: string | undefined;
}

export interface TaskQuery {
  readonly task_type?: string | undefined;
  readonly status?: string | undefined;
  readonly resource_id?: string | undefined;
  readonly limit?: number | undefined;
}
