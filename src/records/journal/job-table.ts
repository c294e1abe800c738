import type { Job, Store } from '../contract.ts';

/** A job and its place in the order of enqueueing, which ids do not show. */
export interface StoredJob {
  readonly seq: number;
  readonly job: Job;
}

/** Finished jobs that are kept for people to look at and for callers that ask again: the newest of each outcome. */
const KEPT_OF_A_KIND = 1_000;
const KEPT_MS = 7 * 24 * 60 * 60 * 1_000;

export function jobTable(store: Store) {
  return store.table<StoredJob>('jobs');
}

/** Every job in the order of enqueueing. */
export async function loadJobs(store: Store): Promise<StoredJob[]> {
  const jobs: StoredJob[] = [];
  for await (const [, stored] of jobTable(store).entries()) jobs.push(stored);
  return jobs.sort((a, b) => a.seq - b.seq);
}

/** The job as its next attempt finds it. */
export function putBack(job: Job, nowMs: number): Job {
  return { ...job, state: 'pending', attempt: job.attempt + 1, error: null, updatedAt: nowMs };
}

export function isFinished(job: Job): boolean {
  return job.state === 'completed' || job.state === 'failed' || job.state === 'cancelled';
}

/** Finished jobs that are too many or too old, by the time they finished. */
export function surplusJobs(jobs: Iterable<StoredJob>, nowMs: number): StoredJob[] {
  const finished = [...jobs].filter((stored) => isFinished(stored.job));
  finished.sort((a, b) => b.job.updatedAt - a.job.updatedAt || b.seq - a.seq);
  const kept = { completed: 0, failed: 0 };
  return finished.filter(({ job }) => {
    const outcome = job.state === 'failed' ? 'failed' : 'completed';
    kept[outcome] += 1;
    return kept[outcome] > KEPT_OF_A_KIND || nowMs - job.updatedAt > KEPT_MS;
  });
}
