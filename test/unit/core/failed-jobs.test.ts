import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { openContent } from '../../../src/content/index.ts';
import { failuresOfNow } from '../../../src/core/failed-jobs.ts';
import { openJournal, openStore } from '../../../src/records/index.ts';
import { withTempDir } from '../../helpers/temp-dir.ts';

const DAY_MS = 86_400_000;

it('counts failures of the last day of what is still there', async () => {
  await withTempDir(async (dir) => {
    const store = await openStore({ dir: join(dir, 'records'), format: 1 });
    const content = await openContent(join(dir, 'content'));
    const journal = await openJournal(store, { log: silentLogger });
    await content.mkdir('acme/user/al/sessions/here');
    const now = () => failuresOfNow(journal, content, Date.now());
    journal.handle('k', async () => {
      throw new Error('no');
    });
    await journal.start();
    const fail = (session_id: string) =>
      journal.enqueue({ kind: 'k', lane: session_id, payload: { account: 'acme', user: 'al', session_id } });
    expect(await now()).toBe(0);
    await fail('here');
    await fail('gone');
    await journal.idle();
    expect(await now()).toBe(1);
    expect(await failuresOfNow(journal, content, Date.now() + 2 * DAY_MS)).toBe(0);
    await Promise.all(Array.from({ length: 200 }, (_, index) => fail(`gone-${index}`)));
    await journal.idle();
    expect(await now()).toBe(1);
    await journal.stop();
    await store.close();
  });
});
