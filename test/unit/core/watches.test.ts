import { expect, it } from 'vitest';
import { RECORDS_FORMAT } from '../../../src/core/options.ts';
import { openStore } from '../../../src/records/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { testCore } from '../../helpers/test-core.ts';

it('watches of an interval that is none are listed, and do not run without end', async () => {
  const first = await testCore();
  const { home, principal } = first;
  try {
    const intervals = [1e300, 1e-9, 30];
    const ids: string[] = [];
    for (const intervalMinutes of [60, 60, 30]) {
      const how = { path: '/nowhere', to: VikingUri.resources(`r${ids.length}`), intervalMinutes };
      ids.push((await first.core.watches.add(principal, how)).task_id);
    }
    await first.core.close();
    const store = await openStore({ dir: `${home}/records`, format: RECORDS_FORMAT });
    const table = store.table<{ lastAt: number; nextAt: number; intervalMinutes: number }>('watches');
    for (const [index, id] of ids.entries()) {
      const record = (await table.get(id))!;
      const intervalMinutes = intervals[index]!;
      await table.put(id, { ...record, intervalMinutes, nextAt: record.lastAt + intervalMinutes * 60_000 });
    }
    await store.close();

    const { core, close } = await testCore({ home });
    try {
      const listed = await core.watches.list(principal, false);
      const byId = new Map(listed.map((watch) => [watch.task_id, watch]));
      expect(ids.map((id) => byId.get(id)?.watch_interval)).toEqual([525_600, 1, 30]);
      expect(await core.watches.get(principal, ids[0]!)).toMatchObject({ watch_interval: 525_600 });
      await core.watches.update(principal, ids[0]!, { intervalMinutes: 5 });
      expect(await core.watches.get(principal, ids[0]!)).toMatchObject({
        watch_interval: 5,
        last_error: null,
      });
    } finally {
      await close();
    }
  } finally {
    await first.close();
  }
});
