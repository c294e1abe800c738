import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { createChanges } from '../../../src/core/changes.ts';
import { handleRemovals, REMOVAL_KIND } from '../../../src/core/removals.ts';
import type { Job, JobJournal, Store } from '../../../src/records/contract.ts';
import { openJournal, openStore } from '../../../src/records/index.ts';
import { openTenancy, type Tenancy } from '../../../src/tenancy/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const KIND = 'slow';

let temp: TempDir;
let store: Store;
let jobs: JobJournal;
let content: ContentStore;
let tenancy: Tenancy;
let release: () => void;
let began: string[];

/** A home where a job writes into its user's tree when it is let go on, as an extraction does. */
beforeEach(async () => {
  temp = await tempDir();
  store = await openStore({ dir: join(temp.path, 'records'), format: 1 });
  jobs = await openJournal(store, { log: silentLogger });
  content = await openContent(join(temp.path, 'content'));
  tenancy = await openTenancy(store, systemClock);
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  began = [];
  jobs.handle(KIND, async (job) => {
    const { account, user } = job.payload as { account: string; user: string };
    began.push(user);
    await released;
    await content.mkdir(`${account}/user/${user}/memories`);
    await content.write(`${account}/user/${user}/memories/late.md`, 'late');
  });
  handleRemovals({
    content,
    store,
    jobs,
    tenancy,
    changes: createChanges({ touch: () => undefined, event: () => undefined }),
    forgetWatches: async () => undefined,
    forgetJournal: () => undefined,
  });
  await tenancy.createAccount('acme', 'ann');
  await tenancy.createUser('acme', { user: 'ben', role: 'user' });
  await content.mkdir('acme/user/ben/memories');
  await jobs.start();
});
afterEach(async () => {
  release();
  await jobs.stop();
  await store.close();
  await temp.remove();
});

async function remove(user?: string): Promise<Job> {
  if (user === undefined) await tenancy.beginAccountDeletion('acme');
  else await tenancy.beginUserDeletion('acme', user);
  const record = user === undefined ? tenancy.account('acme') : tenancy.user('acme', user);
  const target = { account: 'acme', ...(user === undefined ? {} : { user }) };
  const payload = { account: 'default', user: 'root', resource_id: '', target, since: record!.deletingSince };
  return jobs.enqueue({ kind: REMOVAL_KIND, lane: 'removal', payload });
}

const enqueue = (user: string, more: object = {}): Promise<Job> =>
  jobs.enqueue({ kind: KIND, lane: user, payload: { account: 'acme', user, ...more } });

it.each([
  ['a user', 'ben', 'acme/user/ben'],
  ['an account', undefined, 'acme'],
])('%s that is removed does not come back by a job that was under way', async (_what, user, path) => {
  const running = await enqueue('ben');
  const waiting = await enqueue('ben');
  await eventually(() => began.length === 1, { what: 'the job runs' });
  const removal = await remove(user);
  await eventually(async () => (await jobs.get(waiting.id))?.state === 'cancelled', {
    what: 'what had not begun is cancelled',
  });
  expect((await jobs.get(removal.id))?.state).toBe('running');
  release();
  expect(await jobs.settled(removal.id, 10_000)).toMatchObject({ state: 'completed' });
  expect((await jobs.get(running.id))?.state).toBe('completed');
  expect(existsSync(join(content.dir, path))).toBe(false);
  expect(began).toEqual(['ben']);
});

it('leaves the jobs of others alone, and waits for a shared session only while it is worked on', async () => {
  const other = await enqueue('ann');
  const shared = await enqueue('ann', { shared: true });
  await eventually(() => began.length === 1, { what: "ann's first job runs" });
  expect(await jobs.settled((await remove('ben')).id, 10_000)).toMatchObject({ state: 'completed' });
  release();
  for (const { id } of [other, shared]) {
    expect(await jobs.settled(id, 10_000)).toMatchObject({ state: 'completed' });
  }
  expect(tenancy.user('acme', 'ben')).toBeUndefined();
});
