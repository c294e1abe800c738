import type { ContentStore } from '../content/contract.ts';
import type { Job, JobJournal } from '../records/contract.ts';
import { VikingUri } from '../uri/index.ts';

/** How long a failure is news. In the reference such a count ends with the process. */
const NEWS_MS = 24 * 3_600_000;

interface Target {
  readonly account?: string;
  readonly user?: string;
  /** A URI, or the id of a session. */
  readonly resource_id?: string;
  readonly session_id?: string;
  readonly shared?: true;
}

/**
 * Failed jobs that somebody still has to look at: of the last day, and of what is still there. The record of every one
 * stays for who asks for its task; of failed ones the journal keeps about a thousand, so there are no more to look at.
 */
export async function failuresOfNow(
  jobs: Pick<JobJournal, 'failed'>,
  content: Pick<ContentStore, 'stat'>,
  nowMs: number,
): Promise<number> {
  const recent = jobs.failed().filter((job) => nowMs - job.updatedAt < NEWS_MS);
  const gone = await Promise.all(recent.map((job) => isGone(content, job)));
  return recent.length - gone.filter((one) => one).length;
}

/** A job that names nothing, or what cannot be looked at, is not of something gone. */
async function isGone(content: Pick<ContentStore, 'stat'>, { payload }: Job): Promise<boolean> {
  const path = pathOf(payload as Target);
  if (path === undefined) return false;
  return content.stat(path).then(
    (entry) => entry === undefined,
    () => false,
  );
}

function pathOf({ account, user, resource_id = '', session_id, shared }: Target): string | undefined {
  if (account === undefined) return undefined;
  if (resource_id.startsWith('viking://'))
    return `${account}/${VikingUri.fromCanonical(resource_id).contentPath}`;
  if (session_id === undefined || user === undefined) return undefined;
  const session =
    shared === true ? VikingUri.of(['session', session_id]) : VikingUri.user(user, 'sessions', session_id);
  return `${account}/${session.contentPath}`;
}
