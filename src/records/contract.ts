/**
 * The records contract: durable typed tables. Any implementation passes `test/contract/records`. Keys are strings in
 * byte order; values are JSON, except in byte tables.
 */

export interface Range {
  readonly gte?: string;
  readonly gt?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly limit?: number;
  readonly reverse?: boolean;
}

export interface Table<V> {
  readonly name: string;
  get(key: string): Promise<V | undefined>;
  /** Durable when it resolves. */
  put(key: string, value: V): Promise<void>;
  delete(key: string): Promise<void>;
  entries(range?: Range): AsyncIterable<readonly [string, V]>;
  keys(range?: Range): AsyncIterable<string>;
  /** For `Store.batch`. */
  putting(key: string, value: V): Change;
  deleting(key: string): Change;
}

/** One change of a batch; made by a table, opaque to callers. */
export interface Change {
  readonly table: string;
  readonly type: 'put' | 'del';
  readonly key: string;
  readonly value?: unknown;
}

export interface Store {
  readonly dir: string;
  /** A table of JSON values. The same name always names the same table. */
  table<V>(name: string): Table<V>;
  /** A table of raw bytes, e.g. Float32 vectors. */
  bytes(name: string): Table<Uint8Array>;
  /** All or nothing, across tables. `sync: false` trades durability of a rebuildable table for speed. */
  batch(changes: readonly Change[], options?: { readonly sync?: boolean }): Promise<void>;
  /** Reads every record and names those (at most 100) that fail their checksum. For `ov fsck`. */
  verify(): Promise<StoreReport>;
  /** Waits for writes under way. Later calls fail with CLOSING. */
  close(): Promise<void>;
}

export interface StoreReport {
  readonly records: number;
  /** `table key` of damaged records, at most 100. */
  readonly damaged: readonly string[];
}

export interface StoreOptions {
  /** Directory of the store; made when missing. */
  readonly dir: string;
  /** Version of what is written in it, a positive integer. A store of another version is refused. */
  readonly format: number;
  /** A rebuildable store that is damaged or of another format is moved aside and begun anew instead of refused. */
  readonly rebuildable?: boolean;
  /** How many bytes of files, and of records, are verified when it opens. Default 16 MiB. */
  readonly verifyBytes?: number;
}

export type JobState = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface Job {
  readonly id: string;
  readonly kind: string;
  /** Jobs of one lane run one at a time, in the order they were enqueued. */
  readonly lane: string;
  readonly payload: unknown;
  readonly state: JobState;
  readonly attempt: number;
  readonly stage: string;
  readonly result: unknown;
  readonly error: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface NewJob {
  readonly kind: string;
  readonly lane: string;
  readonly payload: unknown;
  /** Given by callers that must not enqueue twice: enqueueing an existing id changes nothing. */
  readonly id?: string;
}

/** What a handler gets with its job. */
export interface JobContext {
  /** Records the step under way, for people and for resumption. Durable when it resolves. */
  stage(name: string): Promise<void>;
  readonly signal: AbortSignal;
}

export type JobHandler = (job: Job, context: JobContext) => Promise<unknown>;

/**
 * The job journal: enqueue, lease, complete, fail with a reason. A job that was running when the process died is
 * pending again when the journal opens, so handlers must be safe to run twice.
 */
export interface JobJournal {
  handle(kind: string, handler: JobHandler): void;
  /** Durable when it resolves. */
  enqueue(job: NewJob): Promise<Job>;
  get(id: string): Promise<Job | undefined>;
  /** Newest first. */
  list(limit?: number): Promise<readonly Job[]>;
  /** Those that failed and are still kept, in no order to rely on. Costs no look at the others. */
  failed(): readonly Job[];
  /** Resolves with the job once it completed or failed, or as it is after `timeoutMs`. */
  settled(id: string, timeoutMs: number): Promise<Job>;
  /** Puts a failed job back in its lane. @throws NOT_FOUND, FAILED_PRECONDITION */
  retry(id: string): Promise<Job>;
  /** Takes a job that has not begun out of its lane. @throws NOT_FOUND, FAILED_PRECONDITION (it runs or has ended) */
  cancel(id: string): Promise<Job>;
  counts(): { readonly pending: number; readonly running: number; readonly failed: number };
  /** Begins to run jobs, the leftovers of the last process first. */
  start(): Promise<void>;
  /** Resolves when no job is pending or running. */
  idle(): Promise<void>;
  /** Takes no more leases; waits for running handlers (their signal is aborted). */
  stop(): Promise<void>;
}
