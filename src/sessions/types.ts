import type {
  AddMessagesResult,
  ArchiveResult,
  CommitResult,
  MemoryExtractionConfig,
  MemoryOperations,
  MemoryOutcome,
  MemoryPolicy,
  Message,
  SessionContextResult,
  SessionExtractResult,
  SessionListEntry,
  SessionResult,
  ToolResultMeta,
} from '../api/results.ts';
import type { Clock } from '../base/clock.ts';
import type { DurableWaiter } from '../base/durable-waiter.ts';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import type { JobJournal } from '../records/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { TurnBudget } from './retention.ts';
import type { KeptToolResult, ToolResultsAsked } from './tool-results.ts';

/** A message as kept: the wire's message and what newer clients add to it. */
export interface StoredMessage extends Message {
  readonly turn_id?: string;
  readonly message_kind?: string;
  readonly source_message_ids?: readonly string[];
}

export interface ExtractRequest {
  readonly principal: Principal;
  readonly session: string;
  /** The archive directory the messages are in. */
  readonly archiveUri: VikingUri;
  /** The messages are still live, and `archiveUri` is their session: no job runs this again, so nothing is kept for one. */
  readonly live?: true;
  readonly messages: readonly StoredMessage[];
  readonly policy: MemoryPolicy;
  /** To be put on the events that come of it. */
  readonly eventTags?: readonly string[];
  /** Aborted when the daemon stops. */
  readonly signal: AbortSignal;
}

export interface ExtractResult {
  /** Which extractor ran, e.g. `rules`. */
  readonly extractor: string;
  readonly outcomes: readonly MemoryOutcome[];
  readonly operations: MemoryOperations;
  /** Lets go of what was kept for a rerun; called when the result is durable. */
  readonly finish?: () => Promise<void>;
}

/** Memory extraction, given by the core. Safe to run again for the same archive: it answers the same. */
export type Extract = (request: ExtractRequest) => Promise<ExtractResult>;

/** The two layers of an archive: `overview` is Markdown, `abstract` one paragraph of at most 256 characters. */
export interface SessionSummary {
  readonly overview: string;
  readonly abstract: string;
}

export type Summarise = (messages: readonly StoredMessage[], signal: AbortSignal) => Promise<SessionSummary>;

export interface SessionsOptions {
  readonly content: ContentStore;
  readonly journal: JobJournal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly extract: Extract;
  /** Default: the embedded extractive summary. */
  readonly summarise?: Summarise;
  /** Memory categories a policy may name. Default: the six built-in ones. */
  readonly memoryTypes?: readonly string[];
  /** An entry of a session was written or removed. Cheap; may be called often. */
  readonly onChanged: (uri: VikingUri, principal: Principal) => void;
  /**
   * Adds one to the active count of each entry and answers how many there were, once per `settlement`: asked again
   * after a crash it changes nothing and answers the same.
   */
  readonly bumpActive: (
    principal: Principal,
    uris: readonly VikingUri[],
    settlement: string,
  ) => Promise<number>;
}

export interface CommitOptions {
  /** Newest messages to leave in the live session. Default 0. */
  readonly keepRecent?: number;
  /** What to leave there by turns and tokens instead; what is absent has the default of `DEFAULT_TURN_BUDGET`. */
  readonly turnBudget?: Partial<TurnBudget>;
  /** `key=value`, for the events of this commit besides the session's own tags. */
  readonly eventTags?: readonly string[];
  /** How long to wait for phase 2, in milliseconds. Default 2000. */
  readonly waitMs?: number;
}

export interface CreateSessionOptions {
  readonly sessionId?: string;
  readonly memoryPolicy?: unknown;
  readonly autoCommitPolicy?: unknown;
  readonly memoryExtractionConfig?: MemoryExtractionConfig;
}

/** What is absent stays as it is; null switches it off. */
export interface SessionSettings {
  readonly autoCommitPolicy?: unknown;
  readonly memoryExtractionConfig?: MemoryExtractionConfig | null;
}

export interface UsedResult {
  session_id: string;
  contexts_used: number;
  skills_used: number;
}

/** Sessions of one home. */
export interface Sessions {
  create(principal: Principal, options?: CreateSessionOptions): Promise<SessionResult>;
  list(principal: Principal): Promise<readonly SessionListEntry[]>;
  get(principal: Principal, id: string): Promise<SessionResult>;
  remove(principal: Principal, id: string): Promise<void>;
  /** Checks every message first: one bad message and none is added. The session is created when absent. */
  addMessages(principal: Principal, id: string, messages: readonly unknown[]): Promise<AddMessagesResult>;
  /**
   * Bytes appended to `messages.jsonl` by the mount: whole lines, validated, durable when it resolves; a `waiter` is told as
   * soon as they are.
   */
  appendLines(principal: Principal, id: string, bytes: Uint8Array, waiter?: DurableWaiter): Promise<void>;
  used(principal: Principal, id: string, contexts: readonly string[], skill?: unknown): Promise<UsedResult>;
  commit(principal: Principal, id: string, options?: CommitOptions): Promise<CommitResult>;
  /** Replaces what is given. @throws INVALID_ARGUMENT */
  configure(principal: Principal, id: string, settings: SessionSettings): Promise<SessionResult>;
  /** Runs phase 2 of an archive that failed again. @throws NOT_FOUND, FAILED_PRECONDITION when it did not fail */
  retry(principal: Principal, id: string, archiveId: string, waitMs?: number): Promise<CommitResult>;
  /** Commits the sessions whose own policy says so. Called every minute. */
  commitDue(): Promise<void>;
  /** What `cat .commit` shows: the last commit's result, brought up to date. */
  lastCommit(principal: Principal, id: string): Promise<CommitResult | undefined>;
  context(principal: Principal, id: string, tokenBudget: number): Promise<SessionContextResult>;
  /** URIs handed out as context in the last `turns` (at most 100) answers of the session. */
  recalled(principal: Principal, id: string, turns: number): Promise<ReadonlySet<string>>;
  /** Another answer of context. Returns at once; a log that cannot be written is reported and nothing else. */
  noteRecalled(principal: Principal, id: string, uris: readonly string[]): void;
  /** Memories of the live messages, without a commit. */
  extractLive(principal: Principal, id: string): Promise<SessionExtractResult>;
  /** Tool outputs too large for their messages, newest first. */
  toolResults(principal: Principal, id: string, asked: ToolResultsAsked): Promise<readonly ToolResultMeta[]>;
  /** @throws NOT_FOUND */
  toolResult(principal: Principal, id: string, result: string): Promise<KeptToolResult>;
  archive(principal: Principal, id: string, archiveId: string): Promise<ArchiveResult>;
  /** Enqueues phase 2 of every archive that has neither ended nor failed. Call once, before the journal starts. */
  recover(): Promise<{ readonly sessions: number; readonly enqueued: number }>;
  /** Writes what is still to be written to `.meta.json` files. */
  close(): Promise<void>;
}
