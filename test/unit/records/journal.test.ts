import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { VikingError } from '../../../src/errors/index.ts';
import { type Job, type JobJournal, openJournal, openStore, type Store } from '../../../src/records/index.ts';
import { childScript } from '../../helpers/child-script.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

let dir: TempDir;
let store: Store;
let journal: JobJournal;
let nowMs: number;
const clock = { now: () => nowMs };

beforeEach(async () => {
  dir = await tempDir();
  nowMs = 1_700_000_000_000;
  store = await openStore({ dir: join(dir.path, 'records'), format: 1 });
  journal = await openJournal(store, { log: silentLogger, clock });
});
afterEach(async () => {
  await journal.stop();
  await store.close();
  await dir.remove();
});

/** As after a new start of the process; `stop` is not called, as by a crash. */
async function reopen(options: { concurrency?: number } = {}): Promise<void> {
  await store.close();
  store = await openStore({ dir: join(dir.path, 'records'), format: 1 });
  journal = await openJournal(store, { log: silentLogger, clock, ...options });
}

/** A promise and what resolves it. */
function gate(): { open(): void; readonly passed: Promise<void> } {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

const job = (lane: string, payload: unknown = null, id?: string) => ({
  kind: 'k',
  lane,
  payload,
  ...(id === undefined ? {} : { id }),
});

describe('a job', () => {
  it('runs, and its result can be read', async () => {
    journal.handle('k', async (one) => ({ doubled: (one.payload as number) * 2 }));
    await journal.start();
    const enqueued = await journal.enqueue(job('a', 21));
    expect(enqueued).toMatchObject({ state: 'pending', attempt: 1, stage: '', result: null, error: null });
    expect(enqueued).toMatchObject({ kind: 'k', lane: 'a', payload: 21, createdAt: nowMs, updatedAt: nowMs });
    const settled = await journal.settled(enqueued.id, 5_000);
    expect(settled).toMatchObject({
      id: enqueued.id,
      state: 'completed',
      result: { doubled: 42 },
      error: null,
    });
    expect(await journal.get(enqueued.id)).toEqual(settled);
    await reopen();
    expect(await journal.get(enqueued.id)).toEqual(settled);
    expect(await journal.get('missing')).toBeUndefined();
  });

  it('is durable when enqueue resolves, and waits for start', async () => {
    const { id } = await journal.enqueue(job('a', { deep: ['x'] }));
    expect(journal.counts()).toEqual({ pending: 1, running: 0, failed: 0 });
    await reopen();
    expect(await journal.get(id)).toMatchObject({ state: 'pending', attempt: 1, payload: { deep: ['x'] } });
    const ran: unknown[] = [];
    journal.handle('k', async (one) => ran.push(one.payload));
    await journal.start();
    await journal.idle();
    expect(ran).toEqual([{ deep: ['x'] }]);
  });

  it('keeps the payload it was given, not what became of it', async () => {
    const payload = { list: [1] };
    const { id } = await journal.enqueue(job('a', payload));
    payload.list.push(2);
    expect((await journal.get(id))?.payload).toEqual({ list: [1] });
    await expect(journal.enqueue(job('a', 10n))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('whose id is known is not enqueued again, at the same time or later', async () => {
    let runs = 0;
    journal.handle('k', async () => {
      runs += 1;
    });
    const [first, second] = await Promise.all([
      journal.enqueue(job('a', 'first', 'same')),
      journal.enqueue(job('b', 'second', 'same')),
    ]);
    expect(second).toEqual(first);
    await journal.start();
    await journal.idle();
    expect(await journal.enqueue(job('a', 'third', 'same'))).toMatchObject({
      payload: 'first',
      state: 'completed',
    });
    await reopen();
    expect(await journal.enqueue(job('a', 'fourth', 'same'))).toMatchObject({ payload: 'first' });
    expect(runs).toBe(1);
  });

  it('that throws fails with the reason, and others go on', async () => {
    journal.handle('k', async (one) => {
      if (one.payload === 'ours') throw new VikingError('MODEL_UNAVAILABLE', 'no model answers at x');
      if (one.payload === 'theirs') throw new TypeError('undefined is not a function');
      if (one.payload === 'odd') throw 'a string';
      if (one.payload === 'no json') return 10n;
      return undefined;
    });
    await journal.start();
    const ids: string[] = [];
    for (const payload of ['ours', 'theirs', 'odd', 'no json', 'fine']) {
      ids.push((await journal.enqueue(job('a', payload))).id);
    }
    const settled = await Promise.all(ids.map((id) => journal.settled(id, 5_000)));
    expect(settled.map((one) => one.state)).toEqual(['failed', 'failed', 'failed', 'failed', 'completed']);
    expect(settled[0]?.error).toBe('no model answers at x');
    expect(settled[1]?.error).toContain('undefined is not a function');
    expect(settled[2]?.error).toContain('a string');
    expect(settled[3]?.error).toContain('JSON');
    expect(settled[4]?.result).toBeNull();
    expect(journal.counts()).toEqual({ pending: 0, running: 0, failed: 4 });
    expect(journal.failed().map((one) => one.state)).toEqual(['failed', 'failed', 'failed', 'failed']);
  });

  it('of a kind nobody handles fails', async () => {
    await journal.start();
    const { id } = await journal.enqueue({ kind: 'unknown', lane: 'a', payload: null });
    expect(await journal.settled(id, 5_000)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('unknown'),
    });
    expect(() => {
      journal.handle('k', async () => null);
      journal.handle('k', async () => null);
    }).toThrow('k');
  });

  it('records its stage, which the next attempt finds', async () => {
    const reached = gate();
    journal.handle('k', async (one, { stage, signal }) => {
      expect(one.stage).toBe('');
      await stage('halfway');
      reached.open();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const { id } = await journal.enqueue(job('a'));
    await journal.start();
    await reached.passed;
    expect(await journal.get(id)).toMatchObject({ state: 'running', stage: 'halfway', attempt: 1 });
    await journal.stop();
    await reopen();
    let found: Job | undefined;
    journal.handle('k', async (one) => {
      found = one;
    });
    await journal.start();
    await journal.idle();
    expect(found).toMatchObject({ stage: 'halfway', attempt: 2 });
  });
});

describe('retry', () => {
  it('runs a failed job again', async () => {
    let fails = true;
    journal.handle('k', async () => {
      if (fails) throw new Error('not yet');
      return 'done';
    });
    await journal.start();
    const { id } = await journal.enqueue(job('a'));
    await journal.settled(id, 5_000);
    fails = false;
    const again = await Promise.allSettled([journal.retry(id), journal.retry(id)]);
    expect(again.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await journal.settled(id, 5_000)).toMatchObject({
      state: 'completed',
      result: 'done',
      attempt: 2,
      error: null,
    });
    expect(journal.counts()).toEqual({ pending: 0, running: 0, failed: 0 });
    expect(journal.failed()).toEqual([]);
    await expect(journal.retry(id)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    await expect(journal.retry('missing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('lanes', () => {
  it('run their jobs in order, one at a time, and beside each other', async () => {
    await reopen({ concurrency: 3 });
    const busy = new Set<string>();
    const overlaps: string[] = [];
    const order = new Map<string, unknown[]>();
    let most = 0;
    journal.handle('k', async (one) => {
      if (busy.has(one.lane)) overlaps.push(one.lane);
      busy.add(one.lane);
      most = Math.max(most, busy.size);
      order.set(one.lane, [...(order.get(one.lane) ?? []), one.payload]);
      await new Promise((resolve) => setTimeout(resolve, 1));
      busy.delete(one.lane);
      if (one.payload === 3) throw new Error('does not hold up the lane');
    });
    await journal.start();
    const lanes = ['a', 'b', 'c', 'd', 'e'];
    for (let index = 0; index < 10; index += 1) {
      await Promise.all(lanes.map((lane) => journal.enqueue(job(lane, index))));
    }
    await journal.idle();
    for (const lane of lanes) expect(order.get(lane)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(overlaps).toEqual([]);
    expect(most).toBeGreaterThan(1);
    expect(journal.counts()).toEqual({ pending: 0, running: 0, failed: 5 });
    expect(journal.failed()).toHaveLength(5);
  });

  it('never exceed the limit over all lanes, and reach it', async () => {
    await reopen({ concurrency: 2 });
    let [atOnce, most] = [0, 0];
    journal.handle('k', async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setTimeout(resolve, 2));
      atOnce -= 1;
    });
    await journal.start();
    await Promise.all(Array.from({ length: 30 }, (_, index) => journal.enqueue(job(`lane-${index}`))));
    await journal.idle();
    expect(most).toBe(2);
    for (const concurrency of [0, -1, 1.5]) {
      await expect(openJournal(store, { log: silentLogger, concurrency })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
  });

  it('take turns: a long lane does not keep a short one waiting', async () => {
    await reopen({ concurrency: 1 });
    const order: string[] = [];
    journal.handle('k', async (one) => order.push(one.lane));
    for (let index = 0; index < 5; index += 1) await journal.enqueue(job('long'));
    await journal.enqueue(job('short'));
    await journal.start();
    await journal.idle();
    expect(order.indexOf('short')).toBeLessThanOrEqual(1);
  });

  it('keep their order over a restart, with the job that was running first', async () => {
    const begun = gate();
    journal.handle('k', async (_, { signal }) => {
      begun.open();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    for (let index = 0; index < 5; index += 1) await journal.enqueue(job('a', index));
    await journal.start();
    await begun.passed;
    await journal.stop();
    expect(journal.counts()).toEqual({ pending: 5, running: 0, failed: 0 });
    await reopen();
    const order: unknown[] = [];
    journal.handle('k', async (one) => order.push(`${one.payload}/${one.attempt}`));
    await journal.enqueue(job('a', 'new'));
    await journal.start();
    await journal.idle();
    expect(order).toEqual(['0/2', '1/1', '2/1', '3/1', '4/1', 'new/1']);
  });
});

describe('settled', () => {
  it('resolves with what the job is when time is up, and for every waiter when it ends', async () => {
    const hold = gate();
    journal.handle('k', () => hold.passed);
    await journal.start();
    const { id } = await journal.enqueue(job('a'));
    expect(await journal.settled(id, 10)).toMatchObject({ state: 'running' });
    expect(await journal.settled(id, 0)).toMatchObject({ state: 'running' });
    const waiters = Array.from({ length: 5 }, () => journal.settled(id, 2 ** 40));
    hold.open();
    for (const one of await Promise.all(waiters)) expect(one.state).toBe('completed');
    await expect(journal.settled('missing', 10)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('ends with stop, as no job ends after it', async () => {
    const { id } = await journal.enqueue(job('a'));
    const waiting = journal.settled(id, 60_000);
    await journal.stop();
    expect(await waiting).toMatchObject({ state: 'pending' });
  });
});

describe('stop', () => {
  it('aborts handlers, waits for them, and leases nothing more; start goes on', async () => {
    let [aborted, runs] = [0, 0];
    const [begun, told, mayEnd] = [gate(), gate(), gate()];
    journal.handle('k', async (_, { signal }) => {
      runs += 1;
      begun.open();
      if (runs > 1) return 'second run';
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      told.open();
      await mayEnd.passed;
      aborted += 1;
      throw new Error('interrupted');
    });
    const { id } = await journal.enqueue(job('a'));
    await journal.enqueue(job('a'));
    await journal.start();
    await begun.passed;
    let isStopped = false;
    const stopping = journal.stop().then(() => {
      isStopped = true;
    });
    await told.passed;
    expect(isStopped).toBe(false);
    mayEnd.open();
    await stopping;
    expect([aborted, runs]).toEqual([1, 1]);
    expect(await journal.get(id)).toMatchObject({ state: 'pending', attempt: 2, error: null });
    await journal.enqueue(job('b'));
    expect(runs).toBe(1);
    await journal.start();
    await journal.idle();
    expect(await journal.get(id)).toMatchObject({ state: 'completed', result: 'second run' });
    expect(runs).toBe(4);
  });

  it('puts the interrupted job back at the head of its lane', async () => {
    const order: unknown[] = [];
    const begun = gate();
    journal.handle('k', async (one, { signal }) => {
      order.push(one.payload);
      if (one.attempt > 1 || one.payload !== 0) return;
      begun.open();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    for (let index = 0; index < 3; index += 1) await journal.enqueue(job('a', index));
    await journal.start();
    await begun.passed;
    await journal.stop();
    await journal.start();
    await journal.idle();
    expect(order).toEqual([0, 0, 1, 2]);
  });

  it('keeps the outcome of a handler that finished nevertheless', async () => {
    const begun = gate();
    journal.handle('k', async (_, { signal }) => {
      begun.open();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      return 'finished';
    });
    const { id } = await journal.enqueue(job('a'));
    await journal.start();
    await begun.passed;
    await journal.stop();
    expect(await journal.get(id)).toMatchObject({ state: 'completed', result: 'finished' });
  });
});

describe('list and pruning', () => {
  it('lists the newest first', async () => {
    for (let index = 0; index < 5; index += 1) await journal.enqueue(job('a', index));
    expect((await journal.list()).map((one) => one.payload)).toEqual([4, 3, 2, 1, 0]);
    expect((await journal.list(2)).map((one) => one.payload)).toEqual([4, 3]);
    await reopen();
    expect((await journal.list(2)).map((one) => one.payload)).toEqual([4, 3]);
  });

  it('keeps the newest thousand of each outcome', async () => {
    journal.handle('k', async (one) => {
      nowMs += 1;
      if (one.payload === 'fail') throw new Error('failed');
    });
    await journal.start();
    await journal.enqueue(job('a', 'fail', 'failed-first'));
    await Promise.all(
      Array.from({ length: 1_250 }, (_, index) =>
        journal.enqueue(job(`lane-${index % 50}`, index, `j${index}`)),
      ),
    );
    await journal.idle();
    expect((await journal.list(5_000)).length).toBeLessThanOrEqual(1_101);
    await reopen();
    const kept = await journal.list(5_000);
    expect(kept).toHaveLength(1_001);
    expect(kept.map((one) => one.id)).toContain('failed-first');
    expect(await journal.get('j1249')).toBeDefined();
    expect(await journal.get('j100')).toBeUndefined();
  });

  it('drops what finished more than seven days ago, never what is to be done', async () => {
    journal.handle('k', async () => null);
    await journal.start();
    const done = await journal.enqueue(job('a'));
    await journal.idle();
    await journal.stop();
    const waiting = await journal.enqueue(job('a'));
    nowMs += 7 * DAY_MS;
    await reopen();
    expect(await journal.get(done.id)).toBeDefined();
    nowMs += 1;
    await reopen();
    expect(await journal.get(done.id)).toBeUndefined();
    expect(await journal.get(waiting.id)).toMatchObject({ state: 'pending' });
    expect(journal.counts()).toEqual({ pending: 1, running: 0, failed: 0 });
  });
});

describe('a process killed in the middle of a handler', () => {
  it('leaves jobs that the next one takes up, in order, each until it is done', async () => {
    await store.close();
    const path = join(dir.path, 'records');
    const victim = await childScript(
      dir.path,
      `import { openJournal, openStore } from 'src/records/index.ts';
       import { silentLogger } from 'src/base/log.ts';
       const store = await openStore({ dir: ${JSON.stringify(path)}, format: 1 });
       const journal = await openJournal(store, { log: silentLogger });
       journal.handle('work', async (job, { stage }) => {
         if (job.payload < 2) return 'done ' + job.payload;
         await stage('begun');
         process.stdout.write('in the middle');
         await new Promise(() => setInterval(() => undefined, 1000));
       });
       await journal.start();
       for (let index = 0; index < 5; index += 1) {
         await journal.enqueue({ kind: 'work', lane: 'a', payload: index, id: 'job-' + index });
       }
       process.stdout.write('all enqueued');`,
    );
    await victim.said('in the middle');
    await victim.said('all enqueued');
    await victim.kill();

    store = await openStore({ dir: path, format: 1 });
    journal = await openJournal(store, { log: silentLogger });
    expect(journal.counts()).toEqual({ pending: 3, running: 0, failed: 0 });
    expect(await journal.get('job-1')).toMatchObject({ state: 'completed', result: 'done 1', attempt: 1 });
    expect(await journal.get('job-2')).toMatchObject({ state: 'pending', stage: 'begun', attempt: 2 });
    const order: unknown[] = [];
    journal.handle('work', async (one) => order.push(`${one.payload}/${one.attempt}`));
    await journal.start();
    await journal.idle();
    expect(order).toEqual(['2/2', '3/1', '4/1']);
    expect(await journal.get('job-4')).toMatchObject({ state: 'completed' });
  });
});
