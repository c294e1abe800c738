import type { ContentStore } from '../content/contract.ts';
import type { JobJournal, Store } from '../records/contract.ts';
import { type Tenancy, userOfSpace } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import type { Changes } from './changes.ts';
import { endJobs } from './end-jobs.ts';
import { contentPath } from './namespace.ts';
import { forgetRecords } from './records-by-path.ts';

/** What a removal job is to remove; `account` and `user` say who asked for it, as in every job. */
export interface RemovalPayload {
  readonly account: string;
  readonly user: string;
  readonly resource_id: string;
  readonly target: { readonly account: string; readonly user?: string };
  /** Tells the record that is to go from a later one of the same name. */
  readonly since: number;
}

export const REMOVAL_KIND = 'identity_removal';

export interface RemovalsOptions {
  readonly content: ContentStore;
  readonly store: Store;
  readonly jobs: JobJournal;
  readonly tenancy: Tenancy;
  readonly changes: Changes;
  /** Ends what is imported again and again for them: it would bring back what is removed here. */
  forgetWatches(target: RemovalPayload['target']): Promise<void>;
  /** Forgets the errors and events that are remembered of them. */
  forgetJournal(account: string, user?: string): void;
}

/**
 * Removes the data of a user or account whose keys are refused already: jobs are ended, then content goes,
 * then what is recorded of it, and the identity itself last. A failure leaves the identity marked and the job failed, to be seen and tried again; a
 * second run after a crash goes on where the first was.
 */
export function handleRemovals(options: RemovalsOptions): void {
  const { content, tenancy, changes, jobs } = options;
  jobs.handle(REMOVAL_KIND, async (job, context) => {
    const { target, since } = job.payload as RemovalPayload;
    const record =
      target.user === undefined ? tenancy.account(target.account) : tenancy.user(target.account, target.user);
    if (record?.deletingSince !== since) return { removed: 0 };
    const root = target.user === undefined ? VikingUri.root : VikingUri.user(target.user);
    const path = contentPath(target, root);
    await context.stage('jobs');
    await options.forgetWatches(target);
    const ending = { target, own: job.id, signal: context.signal };
    await endJobs(jobs, ending);
    const paths =
      target.user === undefined
        ? [path]
        : [path, ...(await spacePaths(content, target.account, target.user))];
    await context.stage('content');
    let removed = 0;
    do {
      for (const one of paths) removed += await content.remove(one, { recursive: true });
      // What was due to commit by itself may have begun until its session was gone.
    } while ((await endJobs(jobs, ending)) > 0);
    changes.report(paths, 'door');
    await context.stage('records');
    for (const one of paths) await forgetRecords(options.store, one);
    options.forgetJournal(target.account, target.user);
    if (target.user === undefined) await tenancy.forgetAccount(target.account);
    else await tenancy.forgetUser(target.account, target.user);
    return { removed };
  });
}

/** What the user had with one agent or another. */
async function spacePaths(content: ContentStore, account: string, user: string): Promise<string[]> {
  if ((await content.stat(`${account}/user`)) === undefined) return [];
  const entries = await content.list(`${account}/user`);
  return entries.filter(({ name }) => name !== user && userOfSpace(name) === user).map(({ path }) => path);
}
