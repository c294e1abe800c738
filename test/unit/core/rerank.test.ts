import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FindResult } from '../../../src/api/results.ts';
import type { CoreOptions } from '../../../src/core/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  MODEL_FAULTS,
  type ModelFault,
  type ModelServer,
  startModelServer,
} from '../../helpers/model-server.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat } from '../../helpers/vfs-files.ts';

/** Faults that only time ends, or that ask for time. */
const UNTIMELY: readonly ModelFault[] = ['429-retry-after', 'hang-headers', 'hang-body', 'slow'];
/** So that a stall of the machine is no fallback. */
const AMPLE_MS = 10_000;
/** Files that words hold for equal: each has the word of the question once. The later, the better for the model. */
const NAMES = Array.from({ length: 40 }, (_, at) => `note-${String(at).padStart(2, '0')}.md`);
const QUESTION = 'walrus';
const SECRET = 'AKIAQWERTYUIOPASDFGH';
const relevance = (document = ''): number => Number(/note-(\d+)/.exec(document)?.[1] ?? -1);

let server: ModelServer;
let running: TestCore;

function opened(models: (url: string) => NonNullable<CoreOptions['models']>, names = NAMES): void {
  beforeAll(async () => {
    server = await startModelServer({ relevance: (_question, document) => relevance(document) });
    running = await testCore({
      models: models(server.url),
      modelPace: { firstWaitMs: 2, pauseMs: 20, authPauseMs: 20 },
    });
    const { core, principal } = running;
    for (const name of names) {
      const uri = core.files.parseUri(principal, `viking://resources/${name}`);
      await core.files.write(
        principal,
        uri,
        Buffer.from(`# ${name}\n\nThe walrus of ${name} swims. ${SECRET}\n`),
      );
    }
    await core.system.wait(principal);
  });
  afterAll(async () => {
    await running.close();
    await server.close();
  });
}

const uris = ({ resources }: FindResult) => resources.map(({ uri }) => uri.slice(uri.lastIndexOf('/') + 1));
const find = (request: object = {}): Promise<FindResult> =>
  running.core.search.find(running.principal, { query: QUESTION, explain: true, ...request });
/** As a path asks: the order of words. */
const unjudged = async () => uris(await find({ limit: 40, local: true }));
const state = async () => (await running.core.system.status(running.principal)).models.rerank;

describe('a rerank endpoint', () => {
  opened((url) => ({ rerank: { url, model: 'judge', timeoutMs: AMPLE_MS } }));

  it('puts the best 30 in its order, keeps the rest behind them, and a short list begins the long one', async () => {
    const plain = await unjudged();
    expect(plain).toHaveLength(40);
    expect(server.requests).toEqual([]);
    const long = await find({ limit: 40 });
    const judged = plain.slice(0, 30).sort().reverse();
    expect(uris(long)).toEqual([...judged, ...plain.slice(30)]);
    expect(uris(await find({ limit: 3 }))).toEqual(judged.slice(0, 3));
    expect(long.provenance?.rerank).toEqual({ model: 'judge', judged: 30 });
    const scores = long.resources.map(({ score }) => score);
    expect(scores.every((score, at) => at === 0 || score < scores[at - 1]!)).toBe(true);
    expect(await state()).toMatchObject({ by: 'endpoint', reordered: 2, fallbacks: 0 });
    const [request] = server.requests;
    expect(request?.body.query).toBe(QUESTION);
    expect(request?.body.documents).toHaveLength(30);
    expect(request?.body.documents?.[0]).toContain('swims');
    expect(JSON.stringify(server.requests)).not.toContain(SECRET);
    const { usage } = await running.core.system.models(running.principal);
    expect(usage).toMatchObject([
      { kind: 'rerank', cause: 'rerank', calls: 2, failures: 0, input_tokens: 10 },
    ]);
  });

  it('leaves what was asked for letter by letter before the others', async () => {
    const named = await find({ query: 'walrus "of note-03.md swims"', limit: 3 });
    expect(uris(named)[0]).toBe('note-03.md');
    const [, second, third] = uris(named).map(relevance);
    expect(second).toBeGreaterThan(third!);
    expect(uris(await find({ query: 'the walrus in note-04.md', limit: 2 }))[0]).toBe('note-04.md');
  });

  it('is asked once for a question in a session, and never by a path', async () => {
    const { core, principal } = running;
    const best = (await unjudged()).slice(0, 30).sort().reverse();
    const before = server.requests.length;
    const found = await core.search.search(principal, { query: QUESTION, limit: 2 });
    expect(uris(found)).toEqual(best.slice(0, 2));
    expect(server.requests).toHaveLength(before + 1);
    const block = await core.search.context(principal, { query: QUESTION });
    expect(block.entries[0]?.uri).toBe(`viking://resources/${best[0]}`);
    expect(server.requests).toHaveLength(before + 2);
    const vfs = running.vfs();
    expect(await cat(vfs, '/resources/.find/walrus/results.md')).toContain('note-');
    expect(await cat(vfs, '/.viking/context/400/walrus')).toContain('note-');
    expect(server.requests).toHaveLength(before + 2);
  });

  it.each(MODEL_FAULTS.filter((fault) => fault !== 'shuffled' && !UNTIMELY.includes(fault)))(
    'that fails with %s: the order stays, it is counted and told, and the model is asked again',
    expectDoneWithout,
  );

  it('that mixes up its list is understood by its indexes', async () => {
    const best = (await unjudged()).slice(0, 30).sort().reverse();
    await server.fault('shuffled');
    expect(uris(await find())).toEqual(best.slice(0, 10));
    await server.fault(undefined);
  });
});

describe('a rerank endpoint that answers too late', () => {
  opened((url) => ({ rerank: { url, model: 'judge', timeoutMs: 250 } }), NAMES.slice(0, 3));

  it.each(UNTIMELY)('with %s: the order stays, and the model is asked again', expectDoneWithout);
});

async function expectDoneWithout(fault: ModelFault): Promise<void> {
  const plain = await unjudged();
  const before = await state();
  await server.fault(fault);
  const found = await find({ limit: 40 });
  expect(uris(found)).toEqual(plain);
  expect(found.provenance?.rerank).toMatchObject({ judged: 0, fallback: expect.stringContaining('judge') });
  const after = await state();
  expect(after).toMatchObject({ reordered: before?.reordered, fallbacks: before!.fallbacks + 1 });
  expect(after?.last_fallback).toContain(server.url);
  await server.fault(undefined);
  await eventually(async () => uris(await find())[0] !== plain[0], {
    what: 'its order',
    timeoutMs: AMPLE_MS,
  });
}

describe('the chat model as a reranker', () => {
  opened(
    (url) => ({ chat: { url, model: 'talker', timeoutMs: AMPLE_MS }, rerank: 'chat' }),
    NAMES.slice(0, 3),
  );
  const judgement = (indexes: readonly number[], scoreOf: (index: number) => number) =>
    JSON.stringify({ results: indexes.map((index) => ({ index, relevance_score: scoreOf(index) })) });

  it('judges by JSON, and is asked once more when a document is missing', async () => {
    const answers = [
      [0, 1],
      [2, 1, 0],
    ];
    server.answerWith(({ messages }) => {
      const documents = messages[1]?.content.split('</document>') ?? [];
      return judgement(answers.shift() ?? [], (index) => relevance(documents[index]));
    });
    expect(uris(await find())).toEqual(['note-02.md', 'note-01.md', 'note-00.md']);
    expect(answers).toEqual([]);
    expect(await state()).toMatchObject({ by: 'chat', model: 'talker', reordered: 1 });
  });

  it('keeps the order when its answers name a document that does not exist', async () => {
    server.answerWith(() => judgement([9, 1, 0], () => 1));
    const found = await find();
    expect(uris(found)).toEqual(await unjudged());
    expect(found.provenance?.rerank?.fallback).toContain('index 9');
  });
});

describe('endpoints without a reranker', () => {
  opened(
    (url) => {
      const all = { url, model: 'm' };
      return { chat: all, embedding: all };
    },
    NAMES.slice(0, 3),
  );

  it('are not asked to judge', async () => {
    expect((await find()).provenance).not.toHaveProperty('rerank');
    expect(await state()).toBeNull();
    const judged = server.requests.filter(
      ({ kind, body }) => kind === 'rerank' || JSON.stringify(body).includes('relevance_score'),
    );
    expect(judged).toEqual([]);
  });
});
