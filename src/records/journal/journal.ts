import type { Clock } from '../../base/clock.ts';
import { newId } from '../../base/ids.ts';
import type { Logger } from '../../base/log.ts';
import { toVikingError, VikingError } from '../../errors/index.ts';
import type { Job, JobContext, JobHandler, JobJournal, NewJob, Store, Table } from '../contract.ts';
import { isFinished, jobTable, putBack, type StoredJob, surplusJobs } from './job-table.ts';
import { Lanes } from './lanes.ts';
import { Settlers } from './settlers.ts';

export interface JournalParts {
  readonly log: Logger;
  readonly clock: Clock;
  readonly concurrency: number;
}

/** Finished jobs between two prunings. */
const PRUNE_EVERY = 100;
const DEFAULT_LIST = 100;

/**
 * The journal over one table. Memory mirrors the table: a change is first written, then seen, except for a failure to
 * write the outcome of a job, which is only seen; after a restart such a job runs again.
 */
export class Journal implements JobJournal {
  readonly #store: Store;
  readonly #table: Table<StoredJob>;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #jobs: Map<string, StoredJob>;
  readonly #entering = new Map<string, Promise<Job>>();
  readonly #handlers = new Map<string, JobHandler>();
  readonly #lanes: Lanes;
  readonly #settlers = new Settlers();
  readonly #running = new Map<string, Promise<void>>();
  /** Ids of jobs that failed, in the order they did: whoever asks how things are asks for them. */
  readonly #failed = new Set<string>();
  readonly #counts = { pending: 0, running: 0, failed: 0, completed: 0, cancelled: 0 };
  #idlers: (() => void)[] = [];
  #nextSeq: number;
  #sincePruned = 0;
  #abort: AbortController | undefined;

  constructor(store: Store, jobs: Map<string, StoredJob>, parts: JournalParts) {
    this.#store = store;
    this.#table = jobTable(store);
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#jobs = jobs;
    this.#lanes = new Lanes(parts.concurrency);
    this.#nextSeq = [...jobs.values()].reduce((most, stored) => Math.max(most, stored.seq), 0) + 1;
    for (const { job } of jobs.values()) {
      this.#counts[job.state] += 1;
      if (job.state === 'failed') this.#failed.add(job.id);
      if (job.state === 'pending') this.#lanes.add(job.lane, job.id);
    }
  }

  handle(kind: string, handler: JobHandler): void {
    if (this.#handlers.has(kind))
      throw new VikingError('INTERNAL', `jobs of kind ${kind} have a handler already`);
    this.#handlers.set(kind, handler);
  }

  async enqueue(job: NewJob): Promise<Job> {
    const id = job.id ?? newId('job');
    const known = this.#jobs.get(id)?.job ?? this.#entering.get(id);
    if (known !== undefined) return known;
    const entering = this.#enter(id, job);
    this.#entering.set(id, entering);
    try {
      return await entering;
    } finally {
      this.#entering.delete(id);
    }
  }

  async get(id: string): Promise<Job | undefined> {
    return this.#jobs.get(id)?.job;
  }

  async list(limit = DEFAULT_LIST): Promise<readonly Job[]> {
    const newest = [...this.#jobs.values()].sort((a, b) => b.seq - a.seq);
    return newest.slice(0, limit).map((stored) => stored.job);
  }

  failed(): readonly Job[] {
    return [...this.#failed].map((id) => this.#known(id).job);
  }

  async settled(id: string, timeoutMs: number): Promise<Job> {
    const { job } = this.#known(id);
    if (isFinished(job)) return job;
    return this.#settlers.wait(id, timeoutMs, () => this.#jobs.get(id)?.job ?? job);
  }

  async retry(id: string): Promise<Job> {
    const stored = this.#known(id);
    if (stored.job.state !== 'failed') {
      throw new VikingError(
        'FAILED_PRECONDITION',
        `job ${id} is ${stored.job.state}, only a failed job can be retried`,
      );
    }
    const job = { ...putBack(stored.job, this.#clock.now()), stage: '', result: null };
    // Seen first: a second retry in the meantime must find it pending.
    this.#see({ ...stored, job });
    try {
      await this.#table.put(id, { ...stored, job });
    } catch (error) {
      this.#see(stored);
      throw error;
    }
    this.#lanes.add(job.lane, id);
    this.#pump();
    return job;
  }

  async cancel(id: string): Promise<Job> {
    const stored = this.#known(id);
    if (stored.job.state !== 'pending') {
      throw new VikingError(
        'FAILED_PRECONDITION',
        `job ${id} is ${stored.job.state}, only a job that has not begun can be cancelled`,
      );
    }
    const job: Job = { ...stored.job, state: 'cancelled', updatedAt: this.#clock.now() };
    // First of all: its lane must not begin it in the meantime.
    this.#lanes.remove(job.lane, id);
    this.#see({ ...stored, job });
    try {
      await this.#table.put(id, { ...stored, job });
    } catch (error) {
      this.#see(stored);
      this.#lanes.addFirst(job.lane, id);
      this.#pump();
      throw error;
    }
    await this.#finish(job);
    this.#tellIdlers();
    return job;
  }

  counts(): { readonly pending: number; readonly running: number; readonly failed: number } {
    const { pending, running, failed } = this.#counts;
    return { pending, running, failed };
  }

  async start(): Promise<void> {
    if (this.#abort !== undefined) return;
    this.#abort = new AbortController();
    this.#pump();
  }

  async idle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idlers.push(resolve));
  }

  async stop(): Promise<void> {
    this.#abort?.abort(new VikingError('CLOSING', 'the daemon is stopping'));
    this.#abort = undefined;
    await Promise.all(this.#running.values());
    this.#settlers.releaseAll((id) => this.#jobs.get(id)?.job);
  }

  async #enter(id: string, { kind, lane, payload }: NewJob): Promise<Job> {
    const now = this.#clock.now();
    const job: Job = {
      id,
      kind,
      lane,
      // As it will be after a restart, and no longer the caller's to change.
      payload: asJson(payload, `payload of job ${id}`),
      state: 'pending',
      attempt: 1,
      stage: '',
      result: null,
      error: null,
      createdAt: now,
      updatedAt: now,
    };
    const stored = { seq: this.#nextSeq++, job };
    await this.#table.put(id, stored);
    this.#see(stored);
    this.#lanes.add(lane, id);
    this.#pump();
    return job;
  }

  #pump(): void {
    if (this.#abort === undefined) return;
    const { signal } = this.#abort;
    for (let id = this.#lanes.take(); id !== undefined; id = this.#lanes.take()) {
      const started = id;
      const run = this.#run(this.#known(started), signal).finally(() => {
        this.#running.delete(started);
        this.#pump();
        this.#tellIdlers();
      });
      this.#running.set(started, run);
    }
  }

  /** Never rejects: what goes wrong becomes the state of the job. */
  async #run(stored: StoredJob, signal: AbortSignal): Promise<void> {
    const { id, lane } = stored.job;
    const outcome = await this.#outcome(stored, signal);
    const finished: StoredJob = { seq: stored.seq, job: { ...this.#known(id).job, ...outcome } };
    const job =
      finished.job.state === 'pending'
        ? putBack(finished.job, this.#clock.now())
        : { ...finished.job, updatedAt: this.#clock.now() };
    const next = { seq: stored.seq, job };
    try {
      await this.#table.put(id, next);
      this.#see(next);
    } catch (error) {
      const reason = `its outcome could not be recorded: ${toVikingError(error).message}`;
      this.#log.error({ job: id, kind: job.kind, error: reason }, 'job outcome not recorded');
      this.#see({ seq: stored.seq, job: { ...job, state: 'failed', error: reason } });
    }
    if (job.state === 'pending') this.#lanes.addFirst(lane, id);
    this.#lanes.release(lane);
    if (isFinished(this.#known(id).job)) await this.#finish(this.#known(id).job);
  }

  async #outcome(stored: StoredJob, signal: AbortSignal): Promise<Partial<Job>> {
    const { id, kind } = stored.job;
    try {
      const leased = {
        ...stored,
        job: { ...stored.job, state: 'running' as const, updatedAt: this.#clock.now() },
      };
      this.#see(leased);
      // Survives the death of the process as it is; the power failing only costs the count of an attempt.
      await this.#store.batch([this.#table.putting(id, leased)], { sync: false });
      const handler = this.#handlers.get(kind);
      if (handler === undefined)
        throw new VikingError('UNIMPLEMENTED', `no handler for jobs of kind ${kind}`);
      const result = await handler(leased.job, this.#context(id, signal));
      return { state: 'completed', result: asJson(result ?? null, `result of job ${id}`) };
    } catch (error) {
      if (signal.aborted) return { state: 'pending' };
      const { code, message } = toVikingError(error);
      this.#log.warn({ job: id, kind, code, error: message }, 'job failed');
      return { state: 'failed', error: message };
    }
  }

  #context(id: string, signal: AbortSignal): JobContext {
    return {
      signal,
      stage: async (name) => {
        const { seq, job } = this.#known(id);
        const next = { seq, job: { ...job, stage: name, updatedAt: this.#clock.now() } };
        await this.#table.put(id, next);
        this.#see(next);
      },
    };
  }

  async #finish(job: Job): Promise<void> {
    this.#settlers.settle(job);
    this.#sincePruned += 1;
    if (this.#sincePruned < PRUNE_EVERY) return;
    this.#sincePruned = 0;
    const surplus = surplusJobs(this.#jobs.values(), this.#clock.now());
    try {
      await this.#store.batch(
        surplus.map((stored) => this.#table.deleting(stored.job.id)),
        { sync: false },
      );
    } catch (error) {
      this.#log.warn({ error: toVikingError(error).message }, 'old jobs not pruned');
      return;
    }
    for (const stored of surplus) {
      this.#counts[stored.job.state] -= 1;
      this.#failed.delete(stored.job.id);
      this.#jobs.delete(stored.job.id);
    }
  }

  #see(stored: StoredJob): void {
    const before = this.#jobs.get(stored.job.id);
    if (before !== undefined) this.#counts[before.job.state] -= 1;
    this.#counts[stored.job.state] += 1;
    this.#jobs.set(stored.job.id, stored);
    this.#failed.delete(stored.job.id);
    if (stored.job.state === 'failed') this.#failed.add(stored.job.id);
  }

  #known(id: string): StoredJob {
    const stored = this.#jobs.get(id);
    if (stored === undefined)
      throw new VikingError('NOT_FOUND', `no job ${JSON.stringify(id.slice(0, 200))}`);
    return stored;
  }

  #isIdle(): boolean {
    return this.#counts.pending === 0 && this.#running.size === 0 && this.#entering.size === 0;
  }

  #tellIdlers(): void {
    if (!this.#isIdle()) return;
    const idlers = this.#idlers;
    this.#idlers = [];
    for (const leave of idlers) leave();
  }
}

/** @throws INVALID_ARGUMENT */
function asJson(value: unknown, what: string): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', `the ${what} has no JSON form: ${String(error)}`, {
      cause: error,
    });
  }
}
