/** What could not be done is counted for everybody who asks, and named to nobody: it may be somebody else's. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import type { Ask } from '../../../src/control/ask.ts';
import { observerRoutes } from '../../../src/control/routes/observer.ts';
import { RECORDS_FORMAT } from '../../../src/core/options.ts';
import { VikingError } from '../../../src/errors/index.ts';
import { openJournal, openStore } from '../../../src/records/index.ts';
import type { Principal } from '../../../src/tenancy/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

/** A core starts in it, and its worker: many times the usual second when others want the processors. */
const STARTS_MS = 60_000;

const bob: Principal = { account: 'default', user: 'bob', role: 'user' };
let records: TempDir;
let running: TestCore | undefined;

beforeEach(async () => {
  records = await tempDir();
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  await records.remove();
});

const observed = ({ core }: TestCore) => observerRoutes(core).observerSystem({ principal: bob } as Ask);

it(
  'a file of another user that cannot be indexed is a number',
  async () => {
    running = await testCore();
    const { core, principal: alice } = running;
    await core.system.wait(bob);
    expect(await observed(running)).toMatchObject({ is_healthy: true, errors: [] });

    // What fails for root as well: a path is at most 4,096 bytes long.
    const deep = Array.from({ length: 20 }, () => 'diary'.repeat(50));
    core.tree.changed(alice, VikingUri.user('alice', 'memories', ...deep));
    const queues = await core.system.wait(bob);
    const message = expect.stringMatching(/^entries that could not be indexed: 1,/);
    expect(queues['Embedding']).toMatchObject({ error_count: 1, errors: [{ message }] });
    const health = await observed(running);
    expect(health.is_healthy).toBe(false);
    expect(health.errors).toHaveLength(1);
    const found = await core.search.find(bob, { query: 'diary' });
    expect(found.freshness).toMatchObject({
      state: 'stale',
      note: expect.stringContaining('1 entry could not be indexed'),
    });
    expect(JSON.stringify([queues, health, found])).not.toMatch(/alice|diarydiary/);
  },
  STARTS_MS,
);

it(
  'a job that failed today is not healthy, if what it worked on is there; its reason is told to nobody else',
  async () => {
    const store = await openStore({ dir: records.path, format: RECORDS_FORMAT });
    const now = { at: Date.now() - 25 * 3_600_000 };
    const clock: Clock = { ...systemClock, now: () => now.at };
    const jobs = await openJournal(store, { log: silentLogger, clock });
    jobs.handle('broken', async () => {
      throw new VikingError('INVALID_ARGUMENT', 'the diary of alice');
    });
    await jobs.start();
    const fail = async (payload: object) => {
      const { id } = await jobs.enqueue({ kind: 'broken', lane: 'broken', payload });
      expect(await jobs.settled(id, 10_000)).toMatchObject({ state: 'failed' });
    };
    await fail({});
    now.at = Date.now();
    const owner = { account: 'default', user: 'alice' };
    await fail({ ...owner, resource_id: 'viking://resources/gone' });
    await fail({ ...owner, resource_id: 'talk', session_id: 'talk' });
    await fail({ ...owner, resource_id: 'viking://resources' });
    await jobs.stop();
    await store.close();

    running = await testCore({ recordsDir: records.path });
    const queues = await running.core.system.queues();
    expect(queues['Jobs']).toMatchObject({ error_count: 1 });
    const health = await observed(running);
    expect(health.is_healthy).toBe(false);
    expect(health.errors).toEqual([expect.stringMatching(/^queue: Jobs: jobs that failed: 1,/)]);
    expect(JSON.stringify([queues, health])).not.toContain('alice');
  },
  STARTS_MS,
);
