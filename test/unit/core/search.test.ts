import { afterEach, beforeEach, expect, it } from 'vitest';
import { VikingUri } from '../../../src/uri/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

let test: TestCore;
beforeEach(async () => {
  test = await testCore();
  const { core, principal } = test;
  const write = (name: string, text: string) =>
    core.files.write(principal, VikingUri.resources(name), Buffer.from(text), { wait: true, parents: true });
  await write('mounts.md', '# Mounts\n\nA stale mount is repaired with a lazy unmount.');
  await write('boats.md', '# Boats\n\nA boat is repaired with tar.');
  await core.sessions.addMessages(principal, 's1', [{ role: 'user', content: 'My mount is stale.' }]);
});
afterEach(() => test.close());

it('understands a question in its session, and says how', async () => {
  const { core, principal } = test;
  const found = await core.search.search(principal, { query: 'How is it repaired?', sessionId: 's1' });
  expect(found.query_plan).toMatchObject({ planner: 'rules' });
  expect(found.query_plan!.queries.length).toBe(2);
  expect(found.resources[0]?.uri).toBe('viking://resources/mounts.md');
  await expect(core.search.search(principal, { query: 'x', sessionId: 'none' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

it('puts what is found together within a budget', async () => {
  const { core, principal } = test;
  const block = await core.search.context(principal, { query: 'stale mount', maxTokens: 200 });
  expect(block.rendered).toContain('lazy unmount');
  expect(block.stats['tokens']).toBeLessThanOrEqual(200);
  const without = await core.search.context(principal, {
    query: 'stale mount',
    excludeUris: ['viking://resources/mounts.md'],
  });
  expect(without.entries.map(({ uri }) => uri)).not.toContain('viking://resources/mounts.md');
});

it('tells the tags of what it finds', async () => {
  const { core, principal } = test;
  const uri = VikingUri.resources('mounts.md');
  await core.attributes.setTags(principal, uri, { tags: ['topic=mount'], mode: 'replace', recursive: false });
  const { resources } = await core.search.find(principal, { query: 'repaired' });
  const tagsOf = (name: string) => resources.find((hit) => hit.uri.endsWith(name))?.tags;
  expect(tagsOf('mounts.md')).toEqual(['topic=mount']);
  expect(tagsOf('boats.md')).toEqual([]);
});

it('tells what the entries it finds are linked to, and how fresh what it puts together is', async () => {
  const { core, principal } = test;
  const [mounts, boats] = [VikingUri.resources('mounts.md'), VikingUri.resources('boats.md')];
  await core.relations.link(principal, mounts, [boats], 'both are repaired');
  const { resources } = await core.search.find(principal, { query: 'repaired' });
  const relationsOf = (uri: VikingUri) => resources.find((hit) => hit.uri === String(uri))?.relations;
  expect(relationsOf(mounts)).toEqual([{ uri: String(boats), reason: 'both are repaired' }]);
  expect(relationsOf(boats)).toEqual([]);
  // The link's own file is told of by the watcher once more, when it comes to it.
  await eventually(
    async () => (await core.search.context(principal, { query: 'stale mount' })).freshness.state === 'fresh',
    { what: 'what is put together is fresh' },
  );
});

it('searches a directory directly below resources', async () => {
  const { core, principal } = test;
  const file = VikingUri.resources('garage', 'a.md');
  await core.files.write(principal, file, Buffer.from('# Turbine\n\nOil it.\n'), {
    wait: true,
    parents: true,
  });
  const targets = [VikingUri.resources('garage')];
  const { resources } = await core.search.find(principal, { query: 'oil', targets });
  expect(resources.map(({ uri }) => uri)).toEqual([String(file)]);
});
