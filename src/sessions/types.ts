import type {
  AddMessagesResult,
  ArchiveResult,
  CommitResult,
  MemoryPolicy,
  Message,
  SessionContextResult,
  SessionListEntry,
  SessionResult,
} from '../api/results.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import type { JobJournal } from '../records/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';

/** A message as kept: the wire's message and what newer clients add to it. */
export interface StoredMessage extends Message {
  readonly turn_id?: string;
  readonly message_kind?: string;
  readonly source_message_ids?: readonly string[];
}

/** One change of one memory file; `before` is absent for a new one. */
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

/** What became of one candidate. */
export interface MemoryOutcome {
  readonly outcome: 'stored' | 'merged' | 'duplicate' | 'rejected' | 'nothing';
  readonly memory_type: string | null;
  readonly uri?: string;
  /** The sentence; a mark in its place when it may not be kept. */
  readonly text: string;
  readonly message_ids: readonly string[];
  /** Why it was rejected. */
  readonly reason?: string;
}

export interface ExtractRequest {
  readonly principal: Principal;
  readonly session: string;
  /** The archive directory the messages are in. */
  readonly archiveUri: VikingUri;
  readonly messages: readonly StoredMessage[];
  readonly policy: MemoryPolicy;
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

export type Summarise = (messages: readonly StoredMessage[]) => Promise<SessionSummary>;

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
  /** How long to wait for phase 2, in milliseconds. Default 2000. */
  readonly waitMs?: number;
}

export interface CreateSessionOptions {
  readonly sessionId?: string;
  readonly memoryPolicy?: unknown;
}

export interface UsedResult {
  session_id: string;
  contexts_used: number;
  skills_used: number;
}

/** Sessions of one home. Method meanings are those of the core façade. */
export interface Sessions {
  create(principal: Principal, options?: CreateSessionOptions): Promise<SessionResult>;
  list(principal: Principal): Promise<readonly SessionListEntry[]>;
  get(principal: Principal, id: string): Promise<SessionResult>;
  remove(principal: Principal, id: string): Promise<void>;
  addMessages(principal: Principal, id: string, messages: readonly unknown[]): Promise<AddMessagesResult>;
  appendLines(principal: Principal, id: string, bytes: Uint8Array): Promise<void>;
  used(principal: Principal, id: string, contexts: readonly string[], skill?: unknown): Promise<UsedResult>;
  commit(principal: Principal, id: string, options?: CommitOptions): Promise<CommitResult>;
  lastCommit(principal: Principal, id: string): Promise<CommitResult | undefined>;
  context(principal: Principal, id: string, tokenBudget: number): Promise<SessionContextResult>;
  archive(principal: Principal, id: string, archiveId: string): Promise<ArchiveResult>;
  /** Enqueues phase 2 of every archive that has neither ended nor failed. Call once, before the journal starts. */
  recover(): Promise<{ readonly sessions: number; readonly enqueued: number }>;
  /** Writes what is still to be written to `.meta.json` files. */
  close(): Promise<void>;
}
