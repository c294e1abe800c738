import type { TaskResult } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import { VikingError } from '../errors/index.ts';
import type { Job, JobJournal } from '../records/contract.ts';
import type { Principal } from '../tenancy/index.ts';

/** What every job payload says of its owner, so that tasks are shown to nobody else. */
interface OwnedPayload {
  readonly account?: string;
  readonly user?: string;
  readonly resource_id?: string;
}

export async function listTasks(
  journal: JobJournal,
  principal: Principal,
  limit: number,
): Promise<readonly TaskResult[]> {
  const jobs = await journal.list(Number.MAX_SAFE_INTEGER);
  return jobs
    .filter((job) => owns(principal, job))
    .slice(0, limit)
    .map(asTask);
}

/** @throws NOT_FOUND, also for another user's task */
export async function readTask(journal: JobJournal, principal: Principal, id: string): Promise<TaskResult> {
  const job = await journal.get(id);
  if (job === undefined || !owns(principal, job))
    throw new VikingError('NOT_FOUND', `task ${id}: no such task`);
  return asTask(job);
}

/** @throws NOT_FOUND, FAILED_PRECONDITION when it has begun, PERMISSION_DENIED for a root whose task it is not */
export async function cancelTask(journal: JobJournal, principal: Principal, id: string): Promise<TaskResult> {
  const job = await journal.get(id);
  // The owner of the daemon is root, and has tasks.
  if (principal.role === 'root' && (job === undefined || !owns(principal, job)))
    throw new VikingError('PERMISSION_DENIED', `task ${id}: only its owner cancels it`);
  await readTask(journal, principal, id);
  return asTask(await journal.cancel(id));
}

function owns(principal: Principal, job: Job): boolean {
  const payload = job.payload as OwnedPayload;
  return payload.account === principal.account && payload.user === principal.user;
}

/** A job as the API shows it. */
export function asTask(job: Job): TaskResult {
  return {
    task_id: job.id,
    task_type: job.kind,
    status: job.state,
    created_at: job.createdAt,
    updated_at: job.updatedAt,
    created_at_iso: isoTime(job.createdAt),
    updated_at_iso: isoTime(job.updatedAt),
    resource_id: (job.payload as OwnedPayload).resource_id ?? '',
    meta: metaOf(job.payload as Readonly<Record<string, unknown>>),
    stage: job.stage,
    result: job.result ?? null,
    error: job.error,
  };
}

/** Of what a job was asked with, what its owner asked for: paths on this machine are not among it. */
function metaOf({ mode, watch_id }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...(mode === undefined ? {} : { mode }), ...(watch_id === undefined ? {} : { watch_id }) };
}
