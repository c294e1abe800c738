import type { WatchResult } from '../api/results.ts';
import { type Clock, isoTime } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { KeyedLock } from '../base/lock.ts';
import type { Logger } from '../base/log.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import { isRemoteSource } from '../ingest/index.ts';
import type { Job, JobContext, JobJournal, Store } from '../records/contract.ts';
import { type Principal, userOfSpace } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import type { CoreResources, CoreWatches, WatchChange } from './core.ts';
import { asTask } from './tasks.ts';

/** Kind of the job that imports a watched source once more. */
const KIND = 'watch';
/** However slow its sources are, each kind takes one job at a time: commits have the other turns. */
const LANES = { remote: 'watch/remote', local: 'watch/local' };
/** Longest sleep of the scheduler: a clock that was set is noticed after it. */
const SLEEP_MAX_MS = 60_000;
const WATCHES_LIMIT = 1_000;
/** Result of a job whose watch is no more. */
const REMOVED = { skipped: 'the watch was removed' };
/** As the API takes them: a minute to a year. */
const INTERVAL_MINUTES = { least: 1, most: 525_600 };

interface WatchRecord {
  readonly id: string;
  readonly account: string;
  readonly user: string;
  readonly role: Principal['role'];
  readonly path: string;
  /** Canonical URI. */
  readonly to: string;
  readonly reason: string;
  readonly instruction: string;
  readonly intervalMinutes: number;
  readonly isActive: boolean;
  readonly createdAt: number;
  readonly lastAt: number | null;
  readonly nextAt: number;
  readonly lastError: string | null;
}

export interface WatchesOptions {
  readonly store: Store;
  readonly jobs: JobJournal;
  readonly resources: CoreResources;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Watches extends CoreWatches {
  /** Begins to look for what is due; what fell due while nothing ran is imported once. */
  start(): Promise<void>;
  stop(): void;
  /** Removes every watch of a user, or of everybody of an account. */
  forget(target: { readonly account: string; readonly user?: string }): Promise<void>;
}

/** Watches are records; an import that is due is a job, so that it survives a crash. */
export function createWatches(options: WatchesOptions): Watches {
  const { store, jobs, resources, clock, log } = options;
  const table = store.table<WatchRecord>('watches');
  const lock = new KeyedLock();
  /** Imports under way: one of a watch that is removed has nobody to wait for it. */
  const underWay = new Map<string, AbortController>();
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  async function all(): Promise<WatchRecord[]> {
    const found: WatchRecord[] = [];
    for await (const [, record] of table.entries()) found.push(withinBounds(record));
    return found;
  }

  async function stored(id: string): Promise<WatchRecord | undefined> {
    const record = await table.get(id);
    return record === undefined ? undefined : withinBounds(record);
  }

  async function owned(principal: Principal, id: string): Promise<WatchRecord> {
    const record = await stored(id);
    if (record === undefined || !owns(principal, record))
      throw new VikingError('NOT_FOUND', `watch ${JSON.stringify(id.slice(0, 100))}: no such watch`);
    return record;
  }

  /** Changes a record under its lock; a watch removed in the meantime stays removed. */
  function change(id: string, edit: (record: WatchRecord) => WatchRecord): Promise<WatchRecord | undefined> {
    return lock.run(id, async () => {
      const record = await stored(id);
      if (record === undefined) return undefined;
      const next = edit(record);
      await table.put(id, next);
      return next;
    });
  }

  async function drop(id: string): Promise<void> {
    await lock.run(id, () => table.delete(id));
    underWay.get(id)?.abort();
  }

  function enqueue(record: WatchRecord, id?: string): Promise<Job> {
    const { account, user } = record;
    return jobs.enqueue({
      kind: KIND,
      lane: isRemoteSource(record.path) ? LANES.remote : LANES.local,
      payload: { account, user, resource_id: record.to, watch_id: record.id },
      ...(id === undefined ? {} : { id }),
    });
  }

  async function run(job: Job, { signal }: JobContext): Promise<unknown> {
    const { watch_id: id } = job.payload as { watch_id: string };
    const record = await stored(id);
    if (record === undefined) return REMOVED;
    const removal = new AbortController();
    underWay.set(id, removal);
    const { account, user, role } = record;
    const ended = (lastError: string | null) =>
      change(id, (now) => {
        const at = clock.now();
        return { ...now, lastAt: at, nextAt: at + now.intervalMinutes * 60_000, lastError };
      });
    try {
      const result = await resources.add({ account, user, role }, record.path, {
        to: VikingUri.fromCanonical(record.to),
        signals: [signal, removal.signal],
        byJob: true,
      });
      await ended(null);
      return result;
    } catch (error) {
      if (removal.signal.aborted) return REMOVED;
      // It is put back, and imports after the restart.
      if (!signal.aborted) await ended(toVikingError(error).message);
      throw error;
    } finally {
      underWay.delete(id);
      schedule();
    }
  }
  jobs.handle(KIND, run);

  /** Sets the timer for the next watch that is due. */
  function schedule(): void {
    if (running)
      void tick().catch((error: unknown) => log.warn({ error: String(error) }, 'watches not looked at'));
  }

  async function tick(): Promise<void> {
    const now = clock.now();
    const active = (await all()).filter((record) => record.isActive);
    for (const record of active.filter((one) => one.nextAt <= now)) {
      // The id names the turn, so that looking twice enqueues once.
      await enqueue(record, `${record.id}_${record.nextAt}`);
    }
    const waits = active.filter((one) => one.nextAt > now).map((one) => one.nextAt - now);
    if (!running) return;
    clearTimeout(timer);
    timer = setTimeout(schedule, Math.min(SLEEP_MAX_MS, ...waits));
    timer.unref();
  }

  return {
    async start() {
      running = true;
      await tick();
    },
    stop() {
      running = false;
      clearTimeout(timer);
    },
    async forget({ account, user }) {
      for (const record of await all()) {
        if (record.account !== account || (user ?? userOfSpace(record.user)) !== userOfSpace(record.user))
          continue;
        await drop(record.id);
      }
    },
    async add(principal, watch) {
      return lock.run('add', async () => {
        const to = String(watch.to);
        const records = await all();
        const same = records.find((one) => one.account === principal.account && one.to === to);
        if (same !== undefined && (same.isActive || owns(principal, same)) && same.path !== watch.path) {
          throw new VikingError('CONFLICT', `${to}: another source is watched into it`, {
            hint: 'Remove that watch first, or import to another URI.',
          });
        }
        if (records.filter((one) => owns(principal, one)).length >= WATCHES_LIMIT)
          throw new VikingError('RESOURCE_EXHAUSTED', `at most ${WATCHES_LIMIT} watches`);
        const now = clock.now();
        const record: WatchRecord = {
          id: same?.id ?? newId('watch'),
          account: principal.account,
          user: principal.user,
          role: principal.role,
          path: watch.path,
          to,
          reason: watch.reason ?? '',
          instruction: watch.instruction ?? '',
          intervalMinutes: watch.intervalMinutes,
          isActive: true,
          createdAt: same?.createdAt ?? now,
          lastAt: now,
          nextAt: now + watch.intervalMinutes * 60_000,
          lastError: null,
        };
        await table.put(record.id, record);
        schedule();
        return asWatch(record);
      });
    },
    async list(principal, activeOnly) {
      const records = (await all()).filter((one) => owns(principal, one) && (!activeOnly || one.isActive));
      return records.sort((a, b) => a.createdAt - b.createdAt).map(asWatch);
    },
    get: async (principal, id) => asWatch(await owned(principal, id)),
    async update(principal, id, asked) {
      await owned(principal, id);
      const changed = await change(id, (record) => changedRecord(record, asked, clock.now()));
      schedule();
      return asWatch(changed ?? (await owned(principal, id)));
    },
    async remove(principal, id) {
      await owned(principal, id);
      await drop(id);
    },
    trigger: async (principal, id) => asTask(await enqueue(await owned(principal, id))),
  };
}

/** Earlier versions kept any interval: one that is no time would run without end, or have no date. */
function withinBounds(record: WatchRecord): WatchRecord {
  const { least, most } = INTERVAL_MINUTES;
  const intervalMinutes = Math.min(Math.max(Number(record.intervalMinutes) || least, least), most);
  if (intervalMinutes === record.intervalMinutes) return record;
  const nextAt = (record.lastAt ?? record.createdAt) + intervalMinutes * 60_000;
  return { ...record, intervalMinutes, nextAt };
}

function changedRecord(record: WatchRecord, asked: WatchChange, now: number): WatchRecord {
  const intervalMinutes = asked.intervalMinutes ?? record.intervalMinutes;
  const isActive = asked.isActive ?? record.isActive;
  const again = intervalMinutes !== record.intervalMinutes || (isActive && !record.isActive);
  return {
    ...record,
    intervalMinutes,
    isActive,
    reason: asked.reason ?? record.reason,
    instruction: asked.instruction ?? record.instruction,
    ...(again ? { nextAt: now + intervalMinutes * 60_000 } : {}),
  };
}

function owns(principal: Principal, record: WatchRecord): boolean {
  return record.account === principal.account && record.user === principal.user;
}

function asWatch(record: WatchRecord): WatchResult {
  return {
    task_id: record.id,
    path: record.path,
    to_uri: record.to,
    reason: record.reason,
    instruction: record.instruction,
    watch_interval: record.intervalMinutes,
    is_active: record.isActive,
    last_execution_time: record.lastAt === null ? null : isoTime(record.lastAt),
    next_execution_time: record.isActive ? isoTime(record.nextAt) : null,
    created_at: isoTime(record.createdAt),
    last_error: record.lastError,
    account_id: record.account,
    user_id: record.user,
  };
}
