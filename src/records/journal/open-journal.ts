import { type Clock, systemClock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { VikingError } from '../../errors/index.ts';
import type { JobJournal, Store } from '../contract.ts';
import { jobTable, loadJobs, putBack, type StoredJob, surplusJobs } from './job-table.ts';
import { Journal } from './journal.ts';

export interface JournalOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** Jobs that run at once, over all lanes. Default 4. */
  readonly concurrency?: number;
}

const DEFAULT_CONCURRENCY = 4;

/**
 * Opens the job journal in `store`. Jobs that a dead process left running are pending again, one attempt on. Nothing
 * runs before `start`.
 */
export async function openJournal(store: Store, options: JournalOptions): Promise<JobJournal> {
  const { log, clock = systemClock, concurrency = DEFAULT_CONCURRENCY } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new VikingError('INVALID_ARGUMENT', `concurrency ${concurrency} is not a positive integer`);
  }
  const table = jobTable(store);
  const now = clock.now();
  const loaded = await loadJobs(store);
  const surplus = new Set(surplusJobs(loaded, now));
  const jobs = new Map<string, StoredJob>();
  const changes = [...surplus].map(({ job }) => table.deleting(job.id));
  for (const stored of loaded) {
    if (surplus.has(stored)) continue;
    const wasRunning = stored.job.state === 'running';
    const kept = wasRunning ? { ...stored, job: putBack(stored.job, now) } : stored;
    jobs.set(kept.job.id, kept);
    if (wasRunning) changes.push(table.putting(kept.job.id, kept));
  }
  await store.batch(changes);
  return new Journal(store, jobs, { log, clock, concurrency });
}
