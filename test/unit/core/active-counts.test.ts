import { expect, it } from 'vitest';
import { createActiveCounts } from '../../../src/core/active-counts.ts';
import { openStore } from '../../../src/records/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { withTempDir } from '../../helpers/temp-dir.ts';

const ALICE = { account: 'acme', user: 'alice', role: 'user' } as const;
const NOTE = VikingUri.user('alice', 'memories', 'a.md');

it('tells of the first use at once, also to whoever looked before or looks meanwhile', async () => {
  await withTempDir(async (dir) => {
    const store = await openStore({ dir, format: 1 });
    const counts = createActiveCounts(store);
    expect(await counts.some('acme')).toBe(false);
    expect(await counts.some('acme')).toBe(false);
    const looking = Array.from({ length: 20 }, () => counts.some('acme'));
    const settled = counts.settle(ALICE, [NOTE], 'acme/user/alice/sessions/s/history/archive_001');
    looking.push(...Array.from({ length: 20 }, () => counts.some('acme')));
    expect(await settled).toBe(1);
    await Promise.all(looking);
    expect(await counts.some('acme')).toBe(true);
    expect(await counts.some('acm')).toBe(false);
    expect(await counts.get(ALICE, NOTE)).toBe(1);
    await store.close();
  });
});
