import { isoTime } from '../base/clock.ts';
import type { Archive } from './archive-files.ts';
import { acceptedResult, keptWithin } from './commit-results.ts';
import { type LiveLine, type Mending, summarise, writeLive } from './live-messages.ts';
import type { SessionMeta } from './session-meta.ts';
import type { SessionRef } from './session-ref.ts';

export interface FoundSession {
  readonly ref: SessionRef;
  readonly archives: readonly Archive[];
  readonly meta: SessionMeta;
  readonly lines: readonly LiveLine[];
}

/**
 * Finishes a phase 1 that a crash cut short. The newest archive appeared by one rename; what may be missing is the
 * cut of the live file, seen when the file still begins with the archive's messages, and the new state.
 */
export async function finishCut(
  found: FoundSession,
  mending: Mending,
): Promise<{ readonly lines: readonly LiveLine[]; readonly meta: SessionMeta }> {
  const newest = found.archives.at(-1);
  if (newest === undefined) return found;
  const { lines, meta } = { lines: await cutArchived(found, newest, mending), meta: found.meta };
  if (newest.number <= meta.last_archive) return { lines, meta };
  const settled = new Set(newest.record.used);
  return {
    lines,
    meta: {
      ...meta,
      updated_at: isoTime(mending.now),
      last_archive: newest.number,
      last_commit: acceptedResult(
        found.ref,
        newest.record,
        keptWithin(
          summarise(lines.map((line) => line.message)).tokens,
          newest.record.retained_message_token_budget,
        ),
      ),
      used_pending: meta.used_pending.filter((uri) => !settled.has(uri)),
    },
  };
}

async function cutArchived(
  found: FoundSession,
  { record }: Archive,
  mending: Mending,
): Promise<readonly LiveLine[]> {
  const { lines, ref } = found;
  const count = record.message_count;
  const isUncut =
    count > 0 &&
    lines[0]?.message.id === record.first_message_id &&
    lines[count - 1]?.message.id === record.last_message_id;
  if (!isUncut) return lines;
  const tail = lines.slice(count);
  await writeLive(mending.content, ref, tail);
  mending.log.warn(
    { session: ref.uri.toString(), archive: record.archive_id },
    'interrupted commit finished',
  );
  return tail;
}
