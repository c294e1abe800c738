import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/tenancy/index.ts';
import { isStagingName, VikingUri } from '../../../src/uri/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

const ann: Principal = { account: 'default', user: 'ann', role: 'user' };
const bob: Principal = { account: 'default', user: 'bob', role: 'user' };
let made: TestCore;
let server: Server;
let base: string;
/** Whether the server answers; else it keeps everybody waiting. */
let answers = false;
let waiting = 0;

beforeEach(async () => {
  answers = false;
  waiting = 0;
  server = createServer((_incoming, outgoing) => {
    if (answers) return outgoing.end('fetched');
    waiting += 1;
    return outgoing.once('close', () => {
      waiting -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  made = await testCore({ privateSources: true });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await made.close();
});

const waitFor = (count: number) => eventually(() => waiting === count, { what: `${count} fetches wait` });
const to = (name: string) => VikingUri.resources(name);
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('servers that do not answer', () => {
  it('end with the core, and what a watch had to do is done after the restart', async () => {
    const { core, principal, home } = made;
    const asked = failure(core.resources.add(principal, `${base}/a?key=secret`, { to: to('a') }));
    const watch = await core.watches.add(principal, {
      path: `${base}/b.md?key=secret`,
      to: to('b'),
      intervalMinutes: 60,
    });
    await core.watches.trigger(principal, watch.task_id);
    await waitFor(2);
    // What a killed daemon leaves has the names that the next removes.
    const staging = join(home, 'staging');
    const unfinished = await readdir(staging);
    expect(unfinished.length).toBeGreaterThanOrEqual(2);
    expect(unfinished.filter((name) => !isStagingName(name))).toEqual([]);
    await core.close();
    await mkdir(join(staging, unfinished[0]!, 'left'), { recursive: true });
    await waitFor(0);
    expect(await asked).toMatchObject({ code: 'CLOSING' });

    answers = true;
    const again = await testCore({ privateSources: true, home });
    try {
      const file = join(home, 'content/default/resources/b/b.md');
      await eventually(async () => (await readFile(file, 'utf8').catch(() => '')) === 'fetched', {
        what: 'the watch imported',
      });
      expect(await readdir(staging)).not.toContain(unfinished[0]);
      expect(await again.core.watches.get(principal, watch.task_id)).toMatchObject({ last_error: null });
    } finally {
      await again.close();
    }
  });

  it('keep one job of the journal, however many are watched', async () => {
    const { core, principal, home } = made;
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const how = { path: `${base}/${name}.md`, to: to(name), intervalMinutes: 60 };
      const { task_id } = await core.watches.add(principal, how);
      ids.push(task_id);
      await core.watches.trigger(principal, task_id);
    }
    await waitFor(1);
    const path = join(home, 'here.md');
    await writeFile(path, 'here');
    const here = await core.watches.add(principal, { path, to: to('here'), intervalMinutes: 60 });
    await core.watches.trigger(principal, here.task_id);
    const imported = join(home, 'content/default/resources/here/here.md');
    await eventually(async () => (await readFile(imported, 'utf8').catch(() => '')) === 'here', {
      what: 'a commit has its turn, as this import',
    });
    expect(waiting).toBe(1);
    // Those that wait find no watch; the one under way is not waited for.
    for (const id of ids.toReversed()) await core.watches.remove(principal, id);
    await waitFor(0);
  });

  it('keep two requests of a user and three in all', async () => {
    const { core } = made;
    const asker = new AbortController();
    const add = (principal: Principal, name: string) =>
      failure(core.resources.add(principal, `${base}/${name}`, { to: to(name), signals: [asker.signal] }));
    const fetches = [add(ann, 'a'), add(ann, 'b')];
    await waitFor(2);
    expect(await add(ann, 'c')).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    fetches.push(add(bob, 'c'));
    await waitFor(3);
    expect(await add(bob, 'd')).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    asker.abort();
    for (const fetched of fetches) expect(await fetched).toMatchObject({ code: 'UNAVAILABLE' });
    answers = true;
    expect(await core.resources.add(ann, `${base}/c`, { to: to('c') })).toMatchObject({ files: 1 });
  });
});
