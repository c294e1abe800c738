import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Hit } from '../../../src/api/results.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

let test: TestCore;
beforeEach(async () => {
  test = await testCore();
});
afterEach(() => test.close());

const memory = (name: string): VikingUri => VikingUri.user('alice', 'memories', 'entities', name);

async function write(uri: VikingUri, text: string): Promise<void> {
  await test.core.files.write(test.principal, uri, Buffer.from(text), { wait: true, parents: true });
}

async function use(session: string, ...uris: readonly VikingUri[]): Promise<void> {
  const { core, principal } = test;
  await core.sessions.addMessages(principal, session, [{ role: 'user', content: 'What is next?' }]);
  await core.sessions.used(principal, session, uris.map(String));
  expect(await core.sessions.commit(principal, session, { waitMs: 20_000 })).toMatchObject({
    status: 'committed',
    active_count_updated: uris.length,
  });
}

async function found(query: string, limit = 10): Promise<readonly Hit[]> {
  const { memories } = await test.core.search.find(test.principal, { query, limit, explain: true });
  return memories;
}

const names = (hits: readonly Hit[]): string[] => hits.map(({ uri }) => uri.split('/').at(-1) ?? '');

it('puts a memory that was used before its equals, and says why', async () => {
  for (const name of ['a.md', 'b.md', 'c.md'])
    await write(memory(name), 'The turbine is oiled on Mondays.\n');
  const before = await found('turbine oiled');
  expect(names(before)).toEqual(['a.md', 'b.md', 'c.md']);
  await use('s', memory('c.md'));
  await use('s', memory('c.md'), memory('b.md'));
  const hits = await found('turbine oiled');
  expect(names(hits)).toEqual(['c.md', 'b.md', 'a.md']);
  expect(hits[0]!.match_reason).toContain('used 2 times (+1.5 %)');
  expect(hits[1]!.match_reason).toContain('used once (+1.0 %)');
  expect(hits[2]!.match_reason).toBe(before[0]!.match_reason);
  expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score);
  for (const { score } of hits) expect(score).toBeLessThanOrEqual(1);
  for (const limit of [1, 2])
    expect(names(await found('turbine oiled', limit))).toEqual(names(hits).slice(0, limit));
  expect(await test.core.files.stat(test.principal, memory('c.md'))).toMatchObject({ active_count: 2 });
});

it('moves no memory past a clearly better one, however often it was used', async () => {
  await write(memory('turbine.md'), 'The turbine is oiled on Mondays with the green can.\n');
  await write(
    memory('boat.md'),
    'The boat is painted; its winch is oiled every spring by the crew of the yard.\n',
  );
  for (let round = 0; round < 5; round += 1) await use(`s${round}`, memory('boat.md'));
  expect(names(await found('when is the turbine oiled'))).toEqual(['turbine.md', 'boat.md']);
});

it('lifts memories only', async () => {
  const resource = VikingUri.resources('turbine.md');
  await write(resource, 'The turbine is oiled on Mondays.\n');
  await use('s', resource);
  const { resources } = await test.core.search.find(test.principal, { query: 'turbine oiled' });
  expect(resources[0]).toMatchObject({ uri: String(resource) });
  expect(resources[0]!.match_reason).not.toContain('used');
  expect(await test.core.files.stat(test.principal, resource)).toMatchObject({ active_count: 1 });
});
