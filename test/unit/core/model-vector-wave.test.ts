import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { FindResult, ModelsResult } from '../../../src/api/results.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type ModelServer, startModelServer } from '../../helpers/model-server.ts';
import { withTempDir } from '../../helpers/temp-dir.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

const DOCS = VikingUri.resources().join('docs');

let server: ModelServer | undefined;
let test: TestCore | undefined;

afterEach(async () => {
  await test?.close();
  await server?.close();
});

/** `sea` and `ship` mean the same to this model; no word of the one is in the other. */
function meaning(text: string): number[] {
  const about = (pattern: RegExp): number => (pattern.test(text.toLowerCase()) ? 1 : 0);
  return [about(/ocean|vessel/), about(/bread|oven/), about(/ledger|invoice/), 0.05];
}

async function open(model: string, home?: string): Promise<TestCore> {
  const opened = await testCore({
    models: { embedding: { url: server!.url, model, timeoutMs: 300 } },
    modelPace: { firstWaitMs: 5, pauseMs: 20, authPauseMs: 20, longestWaitMs: 50 },
    ...(home === undefined ? {} : { home }),
  });
  test = opened;
  return opened;
}

async function write(name: string, text: string): Promise<void> {
  await test!.core.files.write(test!.principal, DOCS.join(name), Buffer.from(text), { parents: true });
}

function find(query: string): Promise<FindResult> {
  return test!.core.search.find(test!.principal, { query });
}

const embedded = (): string[] =>
  server!.requests.flatMap(({ kind, body }) => (kind === 'embedding' ? [...(body.input ?? [])] : []));

describe('vectors of a configured model', () => {
  it('find what no word finds, and every passage is sent once', async () => {
    server = await startModelServer({ vector: meaning });
    await open('small');
    await write('harbour.md', '# Harbour\n\nThe vessel is moored at the quay.\n');
    await write('kitchen.md', '# Kitchen\n\nThe oven is hot in the morning.\n');
    await test!.core.system.wait(test!.principal, 15_000);
    const found = await find('ocean');
    expect(found.resources[0]?.uri).toBe('viking://resources/docs/harbour.md');
    const sent = embedded().filter((text) => text.includes('moored'));
    expect(sent).toHaveLength(1);
    await write('harbour.md', '# Harbour\n\nThe vessel is moored at the quay.\n');
    await test!.core.system.wait(test!.principal, 15_000);
    expect(embedded().filter((text) => text.includes('moored'))).toHaveLength(1);
  });

  it('words answer while the endpoint is away, and the work catches up', async () => {
    server = await startModelServer({ vector: meaning });
    await server.fault('refused');
    await open('small');
    await write('harbour.md', '# Harbour\n\nThe vessel is moored at the quay.\n');
    await test!.core.system.wait(test!.principal, 15_000);
    const began = performance.now();
    expect((await find('moored quay')).resources[0]?.uri).toBe('viking://resources/docs/harbour.md');
    expect(performance.now() - began).toBeLessThan(1_000);
    expect((await find('ocean')).resources).toEqual([]);
    await server.fault(undefined);
    await eventually(async () => (await find('ocean')).resources.length === 1, {
      what: 'an answer by meaning',
      timeoutMs: 15_000,
      intervalMs: 50,
    });
  });

  it('a text that is refused by itself does not hold up the others', async () => {
    server = await startModelServer({
      vector: meaning,
      refuses: ({ input = [] }) => input.some((text) => text.includes('poison')),
    });
    await open('small');
    await write('poison.md', '# Other\n\nThe poison nobody embeds.\n');
    await write('harbour.md', '# Harbour\n\nThe vessel is moored at the quay.\n');
    await test!.core.system.wait(test!.principal, 15_000);
    expect((await find('ocean')).resources[0]?.uri).toBe('viking://resources/docs/harbour.md');
    expect((await find('poison')).resources[0]?.uri).toBe('viking://resources/docs/poison.md');
    expect(await vectors()).toMatchObject({ serving: { stamp: 'small/4', missing: 0 } });
  });

  it('of another length for a while are no other model: the old ones answer, and the work catches up', async () => {
    server = await startModelServer({ vector: meaning });
    await open('small');
    await write('harbour.md', '# Harbour\n\nThe vessel is moored at the quay.\n');
    await test!.core.system.wait(test!.principal, 15_000);
    await server.fault('wrong-dimension');
    await write('bread.md', '# Bakery\n\nBread from the oven.\n');
    await test!.core.system.wait(test!.principal, 15_000);
    await find('ocean');
    expect(await vectors()).toMatchObject({ serving: { stamp: 'small/4' }, gathering: null });
    await server.fault(undefined);
    await eventually(async () => (await vectors()).serving?.missing === 0, {
      what: 'the vectors that were missing',
      timeoutMs: 15_000,
      intervalMs: 50,
    });
    const found = await eventually(
      async () => (await find('ocean')).resources.find(({ uri }) => uri.endsWith('/harbour.md')),
      { what: 'an answer by meaning', timeoutMs: 15_000, intervalMs: 50 },
    );
    expect(found.uri).toBe('viking://resources/docs/harbour.md');
  });

  it('stay in use until those of another model are whole; a model that cannot be asked changes nothing', async () => {
    server = await startModelServer({ vector: meaning });
    await withTempDir(async (dir) => {
      const home = join(dir, 'home');
      await open('small', home);
      await write('harbour.md', '# Harbour\n\nThe vessel is moored at the quay.\n');
      await test!.core.system.wait(test!.principal, 15_000);
      await test!.close();

      await server!.fault('500');
      await open('other', home);
      await test!.core.system.wait(test!.principal, 15_000);
      expect(await vectors()).toMatchObject({ serving: { stamp: 'small/4' }, gathering: null });
      expect((await find('moored quay')).resources[0]?.uri).toBe('viking://resources/docs/harbour.md');

      await server!.fault(undefined);
      await eventually(async () => (await vectors()).serving?.stamp === 'other/4', {
        what: 'the vectors of the other model',
        timeoutMs: 15_000,
        intervalMs: 50,
      });
      expect(await vectors()).toMatchObject({ gathering: null });
      expect((await find('ocean')).resources[0]?.uri).toBe('viking://resources/docs/harbour.md');
      await test!.close();
      test = undefined;
    });
  });
});

async function vectors(): Promise<ModelsResult['vectors']> {
  return (await test!.core.system.models(test!.principal)).vectors;
}
