import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LayerResult } from '../../../src/api/results.ts';
import type { LayerLevel } from '../../../src/core/core.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { describingModel } from '../../helpers/describing-model.ts';
import { eventually } from '../../helpers/eventually.ts';
import { MODEL_FAULTS, type ModelServer, startModelServer } from '../../helpers/model-server.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat } from '../../helpers/vfs-files.ts';

const DOCS = VikingUri.resources().join('docs');

let server: ModelServer;
let test: TestCore;

beforeEach(async () => {
  server = await startModelServer({ answer: describingModel });
});

afterEach(async () => {
  await test.close();
  await server.close();
});

async function open(models: object = {}): Promise<void> {
  test = await testCore({
    models: { chat: { url: server.url, model: 'small', timeoutMs: 300 }, ...models },
    modelPace: { firstWaitMs: 5, pauseMs: 20, authPauseMs: 20, longestWaitMs: 50 },
  });
}

async function write(path: string, text: string): Promise<void> {
  const { core, principal } = test;
  await core.files.write(principal, DOCS.join(...path.split('/')), Buffer.from(text), { parents: true });
}

function read(level: LayerLevel, ...below: string[]): Promise<LayerResult> {
  return test.core.layers.read(test.principal, DOCS.join(...below), level);
}

async function byModel(level: LayerLevel, ...below: string[]): Promise<LayerResult> {
  return eventually(
    async () => {
      const layer = await read(level, ...below);
      return layer.made_by === 'model' && layer.freshness === 'fresh' ? layer : undefined;
    },
    { what: `${below.join('/')} described by the model`, timeoutMs: 15_000, intervalMs: 30 },
  );
}

const asked = (): string => server.requests.map(({ body }) => JSON.stringify(body.messages)).join('\n');

describe('layers with a chat endpoint', () => {
  it('are answered at once from the embedded layer, and the version of the model follows', async () => {
    await open();
    await server.fault('hang-headers');
    await write('guide.md', '# Guide\n\nHow to steer a boat across the lake.\n');
    await write('parts/engine.md', '# Engine\n\nThe engine runs on diesel.\n');
    const first = await read('overview');
    expect(first).toMatchObject({ made_by: 'embedded', freshness: 'fresh' });
    expect(first.text).toContain('How to steer a boat');
    await server.fault(undefined);
    const then = await byModel('overview');
    expect(then.text).toMatch(/^# .+\n\nA modelled abstract of/);
    expect(then.text).toContain('Modelled guide: begin with');
    expect(then.text).toContain('- `guide.md` — Guide: Modelled words on guide.md.');
    // What the model invented is not said.
    expect(then.text).not.toContain('invented.md');
    expect(then.stamp).toMatchObject({ by: 'small/prompts-1' });
    expect(then.text.length).toBeLessThanOrEqual(4000);
    expect((await byModel('abstract')).text.length).toBeLessThanOrEqual(256);
    expect((await byModel('abstract', 'parts')).text).toContain('with 1 entries');
  });

  it('are waited for when somebody asks for the version of the model, and stat tells which there is', async () => {
    await open();
    await server.fault('hang-headers');
    await write('guide.md', '# Guide\n\nHow to steer a boat across the lake.\n');
    const { core, principal } = test;
    const late = core.layers.readFresh(principal, DOCS, 'overview', 200);
    await expect(late).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: /model has not described/,
    });
    expect(await core.files.stat(principal, DOCS)).toMatchObject({ made_by: 'embedded', awaits_model: true });
    expect(await cat(test.vfs(), '/.viking/jobs')).toMatch(
      / model - \d+ director.+ to be described by the model/,
    );
    await server.fault(undefined);
    const layer = await core.layers.readFresh(principal, DOCS, 'overview', 15_000);
    expect(layer).toMatchObject({ made_by: 'model', freshness: 'fresh' });
    const file = await core.layers.readFresh(principal, DOCS.join('guide.md'), 'abstract', 15_000);
    expect(file).toMatchObject({
      made_by: 'model',
      text: expect.stringContaining('Modelled words') as string,
    });
    const stat = await core.files.stat(principal, DOCS);
    const by = { freshness: 'fresh', made_by: 'model', model: 'small/prompts-1', stamp: layer.stamp?.from };
    expect(stat).toMatchObject(by);
    expect(stat).not.toHaveProperty('awaits_model');
    // What the model refuses is not waited for.
    await server.fault('refusal');
    await write('guide.md', '# Guide\n\nAnother text that is refused.\n');
    const refused = await core.layers.readFresh(principal, DOCS, 'overview', 15_000);
    expect(refused).toMatchObject({ made_by: 'embedded', freshness: 'fresh' });
  });

  it('ask for each kind of file in its own words', async () => {
    await open();
    const said = [
      { role: 'user', content: 'Which harbour do we sail to on Sunday?' },
      { role: 'assistant', content: 'We decided on the northern harbour.' },
    ];
    await write('messages.jsonl', said.map((message) => `${JSON.stringify(message)}\n`).join(''));
    await write('engine.ts', '/** Starts the engine. */\nexport function start(): void {}\n');
    await write('guide.md', '# Guide\n\nHow to steer a boat across the lake.\n');
    await write('notes.txt', 'Diesel was bought on Friday, and the sails were mended.\n');
    await byModel('overview');
    const questions = server.requests.map(({ body }) => JSON.stringify(body.messages));
    for (const [name, kind, words] of [
      ['messages.jsonl', 'conversation', 'a conversation: say who wants what'],
      ['engine.ts', 'code', 'source code: say what it is for'],
      ['guide.md', 'documentation', 'documentation: say what a reader learns'],
      ['notes.txt', 'other', 'data, configuration or notes: say what is recorded'],
    ] as const) {
      const marked = questions.find((text) => text.includes(name) && text.includes(`(${kind})`));
      expect(marked, name).toContain(words);
    }
    expect(asked()).toContain('northern harbour');
  });

  it('make no call for what is unchanged, moved or touched', async () => {
    await open();
    await write('a/one.md', '# One\n\nThe first of them.\n');
    await test.core.system.wait(test.principal, 15_000);
    await byModel('abstract', 'a');
    // What was told of `a` is told above it too: count once all of that is said.
    await byModel('overview');
    const isQuiet = async () => {
      const { layers } = await test.core.system.status(test.principal);
      return layers.pending + layers.awaiting_model === 0;
    };
    await eventually(isQuiet, { what: 'every directory described', timeoutMs: 15_000 });
    const before = server.requests.length;
    for (let time = 0; time < 3; time++) {
      await read('abstract', 'a');
      await read('overview', 'a');
    }
    await write('a/one.md', '# One\n\nThe first of them.\n');
    await test.core.system.wait(test.principal, 15_000);
    await byModel('overview', 'a');
    expect(server.requests).toHaveLength(before);
    await test.core.files.move(test.principal, DOCS.join('a'), DOCS.join('b'));
    await byModel('overview', 'b');
    // The directory is another one, but nobody is sent the file again.
    expect(asked().match(/The first of them/g)).toHaveLength(1);
  });

  it('leave a pinned layer alone, and quote it above', async () => {
    await open();
    await write('a/one.md', '# One\n\nThe first of them.\n');
    await test.core.layers.pin(test.principal, DOCS.join('a'), 'abstract', 'Said by a person.');
    const layer = await byModel('overview', 'a');
    expect(layer.text).toContain('Said by a person.');
    expect(await read('abstract', 'a')).toMatchObject({ text: 'Said by a person.', made_by: 'pinned' });
  });

  it('sample a wide directory, and say so', async () => {
    await open();
    for (let at = 0; at < 40; at++)
      await write(`wide/page-${String(at).padStart(2, '0')}.md`, `# Page ${at}\n\nText ${at}.\n`);
    const layer = await byModel('overview', 'wide');
    expect(layer.text.trimEnd().split('\n').at(-1)).toBe('Shows 32 of 40 entries.');
    expect(await test.core.files.stat(test.principal, DOCS.join('wide'))).toMatchObject({
      sampled: { shown: 32, entries: 40 },
    });
    expect(
      server.requests.filter(({ body }) => JSON.stringify(body).includes('=== f1')).length,
    ).toBeGreaterThanOrEqual(4);
  });

  it('stop at the daily budget, and the embedded ones serve', async () => {
    await open({ dailyTokens: 1 });
    await write('a/one.md', '# One\n\nThe first of them.\n');
    await eventually(() => server.requests.length === 1, { what: 'the first call' });
    const result = await test.core.system.wait(test.principal, 15_000);
    expect(result).toHaveProperty('Semantic');
    expect(server.requests).toHaveLength(1);
    expect(await read('overview', 'a')).toMatchObject({ made_by: 'embedded', freshness: 'fresh' });
  });
});

/** One home for all faults: each leaves behind a directory that was described in spite of it. */
describe('while the endpoint fails', () => {
  it('reads keep their speed, layers answer, and the work catches up', async () => {
    await open();
    await write('plain.txt', 'plain');
    const [failing, well]: [number[], number[]] = [[], []];
    for (const fault of MODEL_FAULTS) {
      await server.fault(fault);
      await write(`${fault}/one.md`, `# One\n\nThe first of ${fault}.\n`);
      failing.push(...(await readTimes(50)));
      expect((await read('abstract', fault)).text).not.toBe('');
      await server.fault(undefined);
      // A file that was refused keeps its extracted line: the same text is not sent again.
      const isRefused = fault === 'refusal' || fault === 'length' || fault === 'null';
      const expected = isRefused ? 'A modelled abstract' : 'Modelled words on one.md';
      expect((await byModel('overview', fault)).text, fault).toContain(expected);
      well.push(...(await readTimes(50)));
    }
    // On a busy machine everything is slow: then the failing endpoint may not make it worse.
    expect(p99(failing)).toBeLessThan(Math.max(100, 3 * p99(well)));
  }, 60_000);
});

/** Milliseconds of each of so many reads of an ordinary file. */
async function readTimes(count: number): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const began = performance.now();
    await test.core.files.read(test.principal, DOCS.join('plain.txt'));
    times.push(performance.now() - began);
  }
  return times;
}

function p99(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
}
