import { KeyedLock } from '../base/lock.ts';
import type { Store } from '../records/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import { contentPath } from './namespace.ts';

/** How often an entry was used in sessions that were committed. */
export interface ActiveCounts {
  get(principal: Principal, uri: VikingUri): Promise<number>;
  /** The same, by content path. */
  of(path: string): Promise<number>;
  /** Whether anything of the account was ever used. */
  some(account: string): Promise<boolean>;
  /**
   * Adds one to each entry, once per `settlement` (an archive's content path): repeating a settlement after a crash
   * changes nothing. Returns how many entries were counted.
   */
  settle(principal: Principal, uris: readonly VikingUri[], settlement: string): Promise<number>;
}

export function createActiveCounts(store: Store): ActiveCounts {
  const counts = store.table<number>('active-counts');
  const settled = store.table<number>('active-settled');
  const lock = new KeyedLock();
  /**
   * Accounts of which nothing was used when it was looked: every question asks. Only settling changes that: counts follow
   * a renamed entry too, within its account, and where one is moved from there was one before.
   */
  const unused = new Set<string>();
  let settlements = 0;
  const of = async (path: string): Promise<number> => (await counts.get(path)) ?? 0;
  return {
    get: (principal, uri) => of(contentPath(principal, uri)),
    of,
    async some(account) {
      if (unused.has(account)) return false;
      const before = settlements;
      // `0` follows `/`: everything below the account.
      for await (const _ of counts.keys({ gte: `${account}/`, lt: `${account}0`, limit: 1 })) return true;
      if (settlements === before) unused.add(account);
      return false;
    },
    settle: (principal, uris, settlement) =>
      lock.run(principal.account, async () => {
        const before = await settled.get(settlement);
        if (before !== undefined) return before;
        const paths = [...new Set(uris.map((uri) => contentPath(principal, uri)))];
        const changes = [settled.putting(settlement, paths.length)];
        for (const path of paths) changes.push(counts.putting(path, ((await counts.get(path)) ?? 0) + 1));
        await store.batch(changes);
        settlements++;
        unused.delete(principal.account);
        return paths.length;
      }),
  };
}
