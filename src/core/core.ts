/**
 * The façade every door calls. Doors translate, the core decides: the same question through any door gives the
 * same answer. Methods take the caller first and plain data after it, so that a door can live in another process.
 */
import type { Readable } from 'node:stream';
import type {
  AccountEntry,
  AccountSettings,
  AddResourceResult,
  AttributesResult,
  ContextResult,
  CoreEvent,
  EntryResult,
  FindResult,
  Freshness,
  GlobResult,
  GrepResult,
  LayerResult,
  LayerStateResult,
  ModelsResult,
  NewAccountResult,
  NewUserResult,
  QueueState,
  RecordedError,
  RelationResult,
  RemovalResult,
  RoleResult,
  SetTagsResult,
  SkillDetail,
  SkillFindResult,
  SkillListResult,
  SkillRemoveResult,
  SkillWriteResult,
  StatResult,
  StatusResult,
  TaskResult,
  UserEntry,
  WatchResult,
  WriteResult,
} from '../api/results.ts';
import type { PeerPenalty, Rewrite } from '../retrieval/index.ts';
import type { Sessions } from '../sessions/index.ts';
import type { AccountPolicy, NewUser, Principal, Tenancy } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { CoreMemories } from './memories.ts';

export type { CommitOptions, CreateSessionOptions } from '../sessions/index.ts';
export type { CoreMemories } from './memories.ts';

export type LayerLevel = 'abstract' | 'overview';

export interface ListOptions {
  readonly recursive?: boolean;
  /** Show dot-files and dot-directories. */
  readonly all?: boolean;
  readonly absLimit?: number;
  readonly nodeLimit?: number;
  /** Depth of a recursive listing; 1 is the directory's own entries. */
  readonly levelLimit?: number;
  readonly sortBy?: 'name' | 'mtime';
  readonly sortOrder?: 'asc' | 'desc';
}

export interface WriteOptions {
  /** `replace` (default; creates too), `append` (must exist), `create` (must not exist). */
  readonly mode?: 'replace' | 'append' | 'create';
  /** Create missing parent directories. */
  readonly parents?: boolean;
  /** Wait until the change is indexed. */
  readonly wait?: boolean;
}

export interface FindRequest {
  readonly query: string;
  /** Subtrees to search; default: everything the caller may read. */
  readonly targets?: readonly VikingUri[];
  readonly contextTypes?: readonly ('memory' | 'resource' | 'skill')[];
  readonly limit?: number;
  readonly scoreThreshold?: number;
  /** Most hits of one file; default 1, and any number of messages where only sessions are searched. */
  readonly perEntry?: number;
  /** A filter of the reference's language; see docs/retrieval.md. */
  readonly filter?: unknown;
  /** Every one of them must be on an entry. */
  readonly tags?: readonly string[];
  /** `2d`, `2026-01-31` or ISO-8601. */
  readonly since?: string;
  readonly until?: string;
  /** What `since` and `until` are about. Default `updated_at`. */
  readonly timeField?: 'updated_at' | 'created_at';
  /** 2 (default) for files, 0 and 1 for directories as their abstract or overview. */
  readonly levels?: readonly (0 | 1 | 2)[];
  /** Answer `provenance`: the way through the directories. */
  readonly explain?: boolean;
  /** Whose peers' trees besides the user's own: every peer's (default), or only the actor peer's. */
  readonly peers?: 'all' | 'actor';
  /** Directories add nothing: for comparison. */
  readonly flat?: boolean;
  /** Never waits on a network: the question's vector is used if it is known already, as through the mount. */
  readonly local?: boolean;
}

export interface SearchRequest extends FindRequest {
  /** A session of the caller whose context the question is understood in. */
  readonly sessionId?: string;
}

export type ContextDetail = 'abstract' | 'overview' | 'full';

export interface ContextRequest extends Omit<SearchRequest, 'limit' | 'levels'> {
  /** Default 1600. */
  readonly maxTokens?: number;
  /** Entries of a category at most; default those of the purpose. */
  readonly quotas?: Readonly<Record<string, number>>;
  readonly purpose?: 'chat' | 'coding';
  /** Most entries of all categories together; default 20. */
  readonly entriesMost?: number | undefined;
  /** Most detail an entry gets, of all or by category. Default `full`. */
  readonly detail?: ContextDetail | Readonly<Record<string, ContextDetail>>;
  readonly excludeUris?: readonly string[];
  /** Whether the entries are said again in at most `bulletsMost` (default 6) points. Default false. */
  readonly rewrite?: Rewrite;
  readonly bulletsMost?: number;
  /** Taken off the score of what belongs to another peer. Default: the presets of `withPeerPenalty`. */
  readonly otherPeerPenalty?: PeerPenalty;
  /** Notes what is handed out in a session of the caller, and leaves out what its last `turns` (0 to 100) answers had. */
  readonly recall?: { readonly sessionId: string; readonly turns: number };
}

export interface GrepRequest {
  readonly uri: VikingUri;
  readonly pattern: string;
  readonly caseInsensitive?: boolean;
  readonly excludeUri?: VikingUri;
  readonly nodeLimit?: number;
  readonly levelLimit?: number;
}

export interface AddResourceOptions {
  /** Exact root of the new resource. */
  readonly to?: VikingUri;
  /** Container to put it under. */
  readonly parent?: VikingUri;
  readonly createParent?: boolean;
  /** Name when neither the source nor `to` gives one. */
  readonly sourceName?: string;
  readonly wait?: boolean;
  /** Unsupported files are errors instead of warnings. */
  readonly strict?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly ignoreDirs?: readonly string[];
  /** What ends the fetch of a web address early. What was fetched is imported all the same. */
  readonly signals?: readonly AbortSignal[];
  /** Asked by a job, whose lane bounds how many fetch at once: requests do not keep it from its turn. */
  readonly byJob?: boolean;
}

export interface OpenedFile {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Changes whenever the bytes may have changed. No quotes. */
  readonly etag: string;
  /** Bytes `start` to `end`, both inclusive; default: all. Ends the file when it ends. */
  stream(range?: { readonly start: number; readonly end: number }): Readable;
  close(): Promise<void>;
}

export interface CoreFiles {
  /** Short forms, `{calendar:…}`, trailing slashes: any accepted URI text to the canonical one. */
  parseUri(principal: Principal, text: string): VikingUri;
  list(principal: Principal, uri: VikingUri, options?: ListOptions): Promise<readonly EntryResult[]>;
  stat(principal: Principal, uri: VikingUri): Promise<StatResult>;
  read(principal: Principal, uri: VikingUri): Promise<Buffer>;
  /** A file for streaming, with what HTTP validators need. The caller streams or closes it. */
  open(principal: Principal, uri: VikingUri): Promise<OpenedFile>;
  /** Lines `offset` (0-based) to `offset + limit` of a text entry; `limit` -1 is the rest. */
  readLines(principal: Principal, uri: VikingUri, offset: number, limit: number): Promise<string>;
  write(
    principal: Principal,
    uri: VikingUri,
    data: Uint8Array | AsyncIterable<Uint8Array>,
    options?: WriteOptions,
  ): Promise<WriteResult>;
  /** Creates parents too; an existing directory is fine. */
  mkdir(principal: Principal, uri: VikingUri, description?: string): Promise<void>;
  /** A missing entry is fine: removing is idempotent. Returns how many files and directories went. */
  remove(principal: Principal, uri: VikingUri, recursive: boolean): Promise<number>;
  /** With `replace`, what is at `to` goes when the move is made; a move that is refused or fails leaves it. */
  move(
    principal: Principal,
    from: VikingUri,
    to: VikingUri,
    options?: { readonly replace?: boolean },
  ): Promise<void>;
}

export interface CoreLayers {
  /** Never waits on a model: the freshest built layer, or the embedded one built now. For a file: its own. */
  read(principal: Principal, uri: VikingUri, level: LayerLevel): Promise<LayerResult>;
  /**
   * As `read`, once the layer is fresh and, with a chat model, in the model's words where it has any.
   * @throws DEADLINE_EXCEEDED naming what it still waited for
   */
  readFresh(
    principal: Principal,
    uri: VikingUri,
    level: LayerLevel,
    timeoutMs?: number,
  ): Promise<LayerResult>;
  /** Names of a directory's generated layers, without looking at any file; a pinned one is a file and listed as such. */
  listed(principal: Principal, uri: VikingUri): readonly string[];
  /** Pins a layer with a person's text; text equal to a generated layer does not pin (a copy is not a statement). */
  pin(principal: Principal, uri: VikingUri, level: LayerLevel, text: string): Promise<void>;
  /** Removes a pin or a generated layer; it is built again on demand. */
  unpin(principal: Principal, uri: VikingUri, level: LayerLevel): Promise<void>;
  freshness(principal: Principal, uri: VikingUri): Promise<Freshness>;
  /** What `stat` says of a directory's layers. Never builds. */
  state(principal: Principal, uri: VikingUri): Promise<LayerStateResult>;
  /** Key terms of an entry, the weightiest first, at most 12. */
  tags(principal: Principal, uri: VikingUri): Promise<readonly string[]>;
  /** What the index knows of a directory: the content of `.meta.json`. */
  meta(principal: Principal, uri: VikingUri): Promise<Readonly<Record<string, unknown>>>;
}

export interface CoreSearch {
  find(principal: Principal, request: FindRequest): Promise<FindResult>;
  /** Finds what a question means in a session; answers `query_plan`. @throws NOT_FOUND (session) */
  search(principal: Principal, request: SearchRequest): Promise<FindResult>;
  /** What is found as a block of text within a budget of tokens. */
  context(principal: Principal, request: ContextRequest): Promise<ContextResult>;
  grep(principal: Principal, request: GrepRequest): Promise<GrepResult>;
  glob(principal: Principal, pattern: string, uri: VikingUri, nodeLimit?: number): Promise<GlobResult>;
}

export interface CoreRelations {
  list(principal: Principal, uri: VikingUri): Promise<readonly RelationResult[]>;
  link(principal: Principal, from: VikingUri, to: readonly VikingUri[], reason: string): Promise<void>;
  unlink(principal: Principal, from: VikingUri, to: VikingUri): Promise<void>;
}

/** Sessions as the doors see them: method meanings are those of `Sessions`. */
export type CoreSessions = Omit<Sessions, 'recover' | 'commitDue' | 'close'>;

export interface CoreResources {
  /**
   * `source` is a directory, file or zip on this machine that the caller's door has checked it may read, or the http(s)
   * address of a file, which is fetched. @throws RESOURCE_EXHAUSTED (too many are fetched now), CLOSING
   */
  add(principal: Principal, source: string, options?: AddResourceOptions): Promise<AddResourceResult>;
}

export interface CoreAttributes {
  /** @throws NOT_FOUND */
  get(principal: Principal, uri: VikingUri): Promise<AttributesResult>;
  /** @throws NOT_FOUND, RESOURCE_EXHAUSTED */
  setTags(
    principal: Principal,
    uri: VikingUri,
    how: {
      readonly tags: readonly string[];
      readonly mode: 'replace' | 'append';
      readonly recursive: boolean;
    },
  ): Promise<SetTagsResult>;
}

/** Where skills are looked for; default and only place: the caller's `skills`. */
export interface SkillTarget {
  readonly root?: VikingUri;
}

export interface CoreSkills {
  /**
   * Checks a skill and puts it into its place; one of the same name is brought to the same files. `name` replaces an
   * existing one. @throws SKILL_INVALID with `details.errors`, NOT_FOUND (source, or the skill to replace)
   */
  add(
    principal: Principal,
    source: { readonly text: string } | { readonly path: string },
    how: SkillTarget & {
      readonly name?: string;
      readonly wait?: boolean;
      /** Where it came from, as the caller says it: kept beside the skill as `.source.json`. */
      readonly sourceMetadata?: Readonly<Record<string, unknown>>;
    },
  ): Promise<SkillWriteResult>;
  list(principal: Principal, how: SkillTarget & { readonly limit: number }): Promise<SkillListResult>;
  /** @throws NOT_FOUND */
  get(
    principal: Principal,
    name: string,
    how: SkillTarget & { readonly content: boolean; readonly files: boolean; readonly source?: boolean },
  ): Promise<SkillDetail>;
  find(
    principal: Principal,
    request: SkillTarget & {
      readonly query: string;
      readonly limit: number;
      readonly levels?: readonly (0 | 1 | 2)[];
      readonly scoreThreshold?: number;
    },
  ): Promise<SkillFindResult>;
  /** @throws NOT_FOUND */
  remove(principal: Principal, name: string, target: SkillTarget): Promise<SkillRemoveResult>;
}

export interface WatchChange {
  /** Minutes, 1 to 525,600. */
  readonly intervalMinutes?: number;
  readonly isActive?: boolean;
  readonly reason?: string;
  readonly instruction?: string;
}

/** Sources that are imported again at an interval. A watch of somebody else does not exist. */
export interface CoreWatches {
  /** @throws CONFLICT when another source is watched into the same target */
  add(
    principal: Principal,
    watch: WatchChange & { readonly path: string; readonly to: VikingUri; readonly intervalMinutes: number },
  ): Promise<WatchResult>;
  list(principal: Principal, activeOnly: boolean): Promise<readonly WatchResult[]>;
  /** @throws NOT_FOUND */
  get(principal: Principal, id: string): Promise<WatchResult>;
  update(principal: Principal, id: string, change: WatchChange): Promise<WatchResult>;
  remove(principal: Principal, id: string): Promise<void>;
  /** Imports now; answers the task. */
  trigger(principal: Principal, id: string): Promise<TaskResult>;
}

/**
 * What a rebuild does: make the index of every file anew; drop generated layers as well; or only compare content with
 * the index, so that what is gone leaves it and what changed enters.
 */
export type ReindexMode = 'vectors_only' | 'semantic_and_vectors' | 'prune_orphans';

export interface CoreSystem {
  status(principal: Principal): Promise<StatusResult>;
  /** Resolves when index, layers and jobs have nothing left to do. @throws DEADLINE_EXCEEDED */
  wait(principal: Principal, timeoutMs?: number): Promise<Readonly<Record<string, QueueState>>>;
  /** What `wait` answers, now. */
  queues(): Promise<Readonly<Record<string, QueueState>>>;
  /** Rebuilds the index of a subtree from content; resolves when it is searchable. */
  reindex(
    principal: Principal,
    uri: VikingUri,
    mode?: ReindexMode,
  ): Promise<{ documents: number; passages: number }>;
  /** How many files a rebuild of the subtree would read. @throws NOT_FOUND */
  reindexable(principal: Principal, uri: VikingUri): Promise<number>;
  /** Endpoints, what they cost and the budget; `probe` asks each one small question first. */
  models(principal: Principal, options?: { readonly probe?: boolean }): Promise<ModelsResult>;
  /** As `reindex`, as a task. */
  reindexLater(principal: Principal, uri: VikingUri, mode?: ReindexMode): Promise<TaskResult>;
  tasks(principal: Principal, limit?: number): Promise<readonly TaskResult[]>;
  task(principal: Principal, id: string): Promise<TaskResult>;
  /** @throws NOT_FOUND, FAILED_PRECONDITION when it has begun */
  cancelTask(principal: Principal, id: string): Promise<TaskResult>;
}

/** What the vfs needs below the doors' level: real paths, and a way to say what it changed. */
export interface CoreTree {
  /** Absolute path of the plain file or directory behind a URI. Pure: says nothing about whether it exists. */
  path(principal: Principal, uri: VikingUri): string;
  /** Absolute path of the directory that holds every account's content. */
  readonly contentDir: string;
  /** The entry changed (created, written, renamed from or to, removed). Cheap; may be called often. */
  changed(principal: Principal, uri: VikingUri): void;
  /** The entry has another name now: what is recorded of it (tags, relations, use) follows. */
  renamed(principal: Principal, from: VikingUri, to: VikingUri): Promise<void>;
  /**
   * The entry, or some below it, were removed: what is recorded of those that stay away for a second is forgotten.
   * Cheap; beside `changed`.
   */
  removed(principal: Principal, uri: VikingUri): void;
}

export interface CoreJournal {
  recordError(principal: Principal, error: RecordedError): void;
  errors(principal: Principal): readonly RecordedError[];
  events(principal: Principal): readonly CoreEvent[];
  /** Calls `listener` for every new event of the caller until the returned function is called. */
  subscribe(principal: Principal, listener: (event: CoreEvent) => void): () => void;
}

type Settings = Readonly<Record<string, unknown>>;

/** Accounts and their users. @throws PERMISSION_DENIED unless root, or an admin of the account */
export interface CoreAdmin {
  createAccount(
    principal: Principal,
    account: string,
    first: {
      readonly user: string;
      readonly seed?: string;
      readonly settings?: Settings;
      readonly policy?: Partial<AccountPolicy>;
    },
  ): Promise<NewAccountResult>;
  accounts(principal: Principal): Promise<readonly AccountEntry[]>;
  /** Refuses its keys at once, then removes its data. @throws NOT_FOUND, FAILED_PRECONDITION (the daemon's own) */
  removeAccount(principal: Principal, account: string): Promise<RemovalResult>;
  settings(principal: Principal, account: string): Promise<AccountSettings>;
  changeSettings(
    principal: Principal,
    account: string,
    change: Partial<AccountPolicy>,
  ): Promise<AccountSettings>;
  createUser(
    principal: Principal,
    account: string,
    user: NewUser & { readonly settings?: Settings },
  ): Promise<NewUserResult>;
  users(
    principal: Principal,
    account: string,
    filter: { readonly limit?: number; readonly name?: string; readonly role?: 'admin' | 'user' },
  ): Promise<readonly UserEntry[]>;
  userSettings(principal: Principal, account: string, user: string): Promise<Settings>;
  changeUserSettings(
    principal: Principal,
    account: string,
    user: string,
    change: Settings,
  ): Promise<Settings>;
  /** Refuses the user's key at once; a task removes the data. @throws FAILED_PRECONDITION for the last admin */
  removeUser(principal: Principal, account: string, user: string): Promise<RemovalResult>;
  /** Only `admin` is a role one can be given. */
  setRole(principal: Principal, account: string, user: string, role: string): Promise<RoleResult>;
  regenerateKey(
    principal: Principal,
    account: string,
    user: string,
    seed?: string,
  ): Promise<{ readonly user_key: string }>;
}

/** One change seen behind the mount (by the watcher) or made by another door. */
export interface ContentChange {
  readonly account: string;
  /** The root: whatever there is may have changed. */
  readonly uri: VikingUri;
  /** The entry itself is seen as it is through every mount; only what is made from it may not be. */
  readonly isShown: boolean;
}

export interface Core {
  readonly version: string;
  /** Accounts, users and their keys. */
  readonly tenancy: Tenancy;
  readonly admin: CoreAdmin;
  /** Makes the directories a caller finds, the first time they come. */
  prepare(principal: Pick<Principal, 'account' | 'user' | 'agentSpace' | 'sharedSessions'>): Promise<void>;
  /** How an account divides its namespace; the default for one that was never registered. */
  policyOf(account: string): AccountPolicy;
  readonly files: CoreFiles;
  readonly layers: CoreLayers;
  readonly search: CoreSearch;
  readonly relations: CoreRelations;
  readonly sessions: CoreSessions;
  readonly memories: CoreMemories;
  readonly resources: CoreResources;
  readonly attributes: CoreAttributes;
  readonly skills: CoreSkills;
  readonly watches: CoreWatches;
  readonly system: CoreSystem;
  readonly tree: CoreTree;
  readonly journal: CoreJournal;
  /** Changes not made through the caller's own vfs, so that drivers can drop kernel caches. */
  onContentChange(listener: (change: ContentChange) => void): () => void;
  /** Stops accepting work, lets running steps end, closes every store. Safe to call twice. */
  close(): Promise<void>;
}
