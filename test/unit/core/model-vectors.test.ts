import { afterEach, beforeEach, expect, it } from 'vitest';
import { hash32 } from '../../../src/base/text/hash32.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type ModelServer, startModelServer } from '../../helpers/model-server.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat } from '../../helpers/vfs-files.ts';

/** Texts of one meaning are near, whatever their words. */
const MEANINGS = [/quokka|marsupial/, /bread|bakery/];
const vector = (text: string): number[] => {
  const meant = MEANINGS.findIndex((meaning) => meaning.test(text));
  return Array.from({ length: 16 }, (_, at) =>
    meant >= 0 ? Number(at === meant) : hash32(text + at) / 2 ** 32,
  );
};

let server: ModelServer;
let running: TestCore;
beforeEach(async () => {
  server = await startModelServer({ vector });
  running = await testCore({
    models: { embedding: { url: server.url, model: 'small', timeoutMs: 500 } },
    modelPace: { firstWaitMs: 10, longestWaitMs: 50, pauseMs: 50 },
  });
  const { core, principal } = running;
  await core.files.write(
    principal,
    core.files.parseUri(principal, 'viking://resources/animals.md'),
    Buffer.from('A quokka hops about.'),
  );
});
afterEach(async () => {
  await running.close();
  await server.close();
});

const paths = async (query: string): Promise<string[]> => {
  const { resources } = await running.core.search.find(running.principal, { query });
  return resources.map(({ uri }) => uri);
};
const serving = async () => (await running.core.system.status(running.principal)).index.model_vectors.serving;

it('finds by meaning once the endpoint has embedded what is there, and by words before', async () => {
  expect(await eventually(() => paths('quokka').then(([first]) => first), { what: 'words' })).toBe(
    'viking://resources/animals.md',
  );
  await eventually(async () => (await serving())?.missing === 0, { what: 'vectors', timeoutMs: 10_000 });
  expect(await serving()).toMatchObject({ stamp: 'small/16', missing: 0 });
  expect(await eventually(() => paths('any marsupial?').then(([first]) => first), { what: 'meaning' })).toBe(
    'viking://resources/animals.md',
  );
});

it('answers at once from words while the endpoint hangs', async () => {
  await server.fault('hang-headers');
  await running.core.system.wait(running.principal, 10_000);
  const slow: number[] = [];
  for (let at = 0; at < 10; at++) {
    const began = performance.now();
    expect(await paths(`quokka ${at}`)).toEqual(['viking://resources/animals.md']);
    if (performance.now() - began > 100) slow.push(at);
  }
  // The first may wait a moment for the endpoint; after it nobody does. One more may be the machine.
  expect(slow.length).toBeLessThan(5);
});

it('a question by path waits for nothing, and is answered with its vector at a later reading', async () => {
  await running.core.system.wait(running.principal, 10_000);
  await eventually(async () => (await serving())?.missing === 0, { what: 'vectors', timeoutMs: 10_000 });
  await server.fault('hang-headers');
  const vfs = running.vfs();
  const answer = (question: string) => cat(vfs, `/resources/.find/${question}/results.md`);
  const began = performance.now();
  for (let at = 0; at < 20; at++) {
    expect(await answer(`quokka ${at}`)).toContain('animals.md');
  }
  // Twenty readers who wait for the endpoint wait three seconds; one who does not takes some milliseconds.
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(await answer('quokka 0')).toContain('the vector of the question is not known yet');

  await server.fault(undefined);
  await eventually(async () => (await answer('any marsupial')).includes('animals.md'), {
    what: 'an answer by meaning',
    timeoutMs: 20_000,
  });
  expect(await answer('any marsupial')).not.toContain('not known yet');
});
