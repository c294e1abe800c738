import { isVikingError, VikingError } from '../errors/index.ts';
import type { Job, JobJournal } from '../records/contract.ts';
import { userOfSpace } from '../tenancy/index.ts';

/** How long one look at a running job takes at most. */
const LOOK_MS = 1_000;

export interface EndJobsOptions {
  readonly target: { readonly account: string; readonly user?: string };
  /** The job that asks. */
  readonly own: string;
  readonly signal: AbortSignal;
}

/**
 * Ends the jobs of an account or user that goes, since one that runs on would bring back what is removed: those that
 * wait are cancelled, those that run are waited for. Of shared sessions also those others committed, which write
 * the memories of everybody who spoke. Returns how many there were.
 * @throws CLOSING when the daemon stops first
 */
export async function endJobs(jobs: JobJournal, { target, own, signal }: EndJobsOptions): Promise<number> {
  const all = await jobs.list(Number.POSITIVE_INFINITY);
  const theirs = all.filter((job) => job.id !== own && concerns(job, target));
  let ended = 0;
  for (const job of theirs) {
    if (job.state === 'pending' && !isShared(job, target) && (await isCancelled(jobs, job))) {
      ended += 1;
      continue;
    }
    if ((await jobs.get(job.id))?.state !== 'running') continue;
    ended += 1;
    while ((await jobs.settled(job.id, LOOK_MS)).state === 'running') {
      if (signal.aborted) throw new VikingError('CLOSING', 'the daemon stops');
    }
  }
  return ended;
}

function concerns(job: Job, { account, user }: EndJobsOptions['target']): boolean {
  const payload = job.payload as { account?: unknown; user?: unknown; shared?: unknown };
  if (payload.account !== account) return false;
  if (user === undefined || payload.shared === true) return true;
  return typeof payload.user === 'string' && userOfSpace(payload.user) === user;
}

/** Somebody else's, only touched by who goes. */
function isShared(job: Job, { user }: EndJobsOptions['target']): boolean {
  return user !== undefined && (job.payload as { shared?: unknown }).shared === true;
}

async function isCancelled(jobs: JobJournal, job: Job): Promise<boolean> {
  try {
    await jobs.cancel(job.id);
    return true;
  } catch (error) {
    if (isVikingError(error) && error.code === 'FAILED_PRECONDITION') return false;
    throw error;
  }
}
