import type { CommitResult } from '../api/results.ts';
import type { Job } from '../records/contract.ts';
import type { ArchiveRecord, DoneRecord } from './archive-files.ts';
import { HISTORY, type SessionRef } from './session-ref.ts';

export type SkipReason = 'no_messages' | 'all_within_keep_window';

/** What stays live after a commit. */
export interface Kept {
  /** Estimated. */
  readonly tokens: number;
  readonly budgetExceeded: boolean;
}

/** `budget` is undefined for a commit that had none. */
export function keptWithin(tokens: number, budget: number | undefined): Kept {
  return { tokens, budgetExceeded: budget !== undefined && tokens > budget };
}

export function skippedResult(ref: SessionRef, reason: SkipReason, kept: Kept): CommitResult {
  return {
    session_id: ref.id,
    status: 'skipped',
    archived: 0,
    archive_uri: null,
    task_id: null,
    memories_extracted: 0,
    active_count_updated: 0,
    ...activeFields(kept),
    reason,
  };
}

/** Phase 1 ended; phase 2 has not. */
export function acceptedResult(ref: SessionRef, record: ArchiveRecord, kept: Kept): CommitResult {
  return {
    session_id: ref.id,
    status: 'accepted',
    archived: record.message_count,
    archive_uri: ref.uri.join(HISTORY, record.archive_id).toString(),
    task_id: record.task_id === '' ? null : record.task_id,
    memories_extracted: 0,
    active_count_updated: 0,
    ...activeFields(kept),
  };
}

function activeFields({ tokens, budgetExceeded }: Kept) {
  return { estimated_active_tokens: tokens, budget_exceeded: budgetExceeded };
}

export function committedResult(accepted: CommitResult, done: DoneRecord): CommitResult {
  const { reason: _past, ...rest } = accepted;
  return {
    ...rest,
    status: 'committed',
    memories_extracted: Object.values(done.memories_extracted).reduce((sum, count) => sum + count, 0),
    active_count_updated: done.active_count_updated,
    extractor: done.extractor,
  };
}

/** Phase 1 holds, phase 2 ended with an error: the archive is complete and the task can be retried. */
export function failedResult(accepted: CommitResult, error: string): CommitResult {
  return { ...accepted, reason: `phase 2 failed: ${error}` };
}

/** What a commit answers once its job settled, or did not within the wait. */
export function settledResult(accepted: CommitResult, job: Job): CommitResult {
  if (job.state === 'completed') return committedResult(accepted, job.result as DoneRecord);
  if (job.state === 'failed') return failedResult(accepted, job.error ?? 'no reason given');
  return accepted;
}
