import { afterEach, beforeEach, expect, it } from 'vitest';
import { VikingUri } from '../../../src/uri/index.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

/** Many changes at once: what was built before is served, and says truly how old it is. */

const DOCS = VikingUri.resources().join('docs');
let test: TestCore;

beforeEach(async () => {
  test = await testCore({});
  await write(DOCS.join('guide.md'), '# Guide\n\nHow to steer a boat.\n');
  await test.core.system.wait(test.principal, 15_000);
});
afterEach(() => test.close());

const write = (uri: VikingUri, text: string) =>
  test.core.files.write(test.principal, uri, Buffer.from(text), { parents: true });
const overview = (uri: VikingUri) => test.core.layers.read(test.principal, uri, 'overview');

function burst(): void {
  const names = Array.from({ length: 600 }, (_, index) => DOCS.join('new', `${index}.md`));
  for (const uri of names) test.core.tree.changed(test.principal, uri);
}

it('serves what was built last, marked stale', async () => {
  burst();
  await write(DOCS.join('rust.md'), '# Rust\n\nHow iron ages.\n');
  const layer = await overview(DOCS);
  expect(layer.freshness).toBe('stale');
  expect(layer.text).toContain('guide.md');
  expect(layer.text).not.toContain('rust.md');
  expect(await test.core.layers.freshness(test.principal, DOCS)).toBe('stale');
  expect((await test.core.layers.state(test.principal, DOCS)).freshness).toBe('stale');
});

it('builds for whoever waits, and what was never built', async () => {
  burst();
  await write(DOCS.join('new', 'first.md'), '# First\n\nThe first one.\n');
  expect((await overview(DOCS.join('new'))).text).toContain('first.md');
  burst();
  await write(DOCS.join('rust.md'), '# Rust\n\nHow iron ages.\n');
  const layer = await test.core.layers.readFresh(test.principal, DOCS, 'overview', 15_000);
  expect(layer).toMatchObject({ freshness: 'fresh' });
  expect(layer.text).toContain('rust.md');
});
