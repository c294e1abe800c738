import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isVikingError, type VikingError } from '../../../src/errors/index.ts';
import { type ModelSettings, type Models, openModels } from '../../../src/models/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  hashed,
  MODEL_FAULTS,
  type ModelFault,
  type ModelServer,
  startModelServer,
} from '../../helpers/model-server.ts';
import { type MemoryUsageStore, memoryUsageStore } from '../../helpers/usage-store.ts';

const DIMENSIONS = 8;
const BACKGROUND = { priority: 'background', cause: 'test' } as const;
const INTERACTIVE = { priority: 'interactive', cause: 'test' } as const;
const answerSchema = z.object({ answer: z.string() });
/** An answer in two tries, one wait of a second for Retry-After included. */
const BOUND_MS = 2_500;

let server: ModelServer;
let models: Models;
let store: MemoryUsageStore;

beforeEach(async () => {
  server = await startModelServer({ dimensions: DIMENSIONS });
  await open();
});

afterEach(async () => {
  await models.close();
  await server.close();
});

async function open(settings: Partial<ModelSettings> = {}): Promise<void> {
  await models?.close();
  store = memoryUsageStore();
  models = await openModels(
    {
      embedding: { url: server.url, model: 'e', dimensions: DIMENSIONS, ...settings.embedding },
      chat: { url: server.url, model: 'c' },
      ...settings,
    },
    { store, pace: { firstWaitMs: 5, pauseMs: 30, authPauseMs: 30 } },
  );
}

async function failure(work: Promise<unknown>): Promise<VikingError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isVikingError(error)) throw new Error(`no VikingError but ${String(error)}`);
  return error;
}

function ask(options = {}) {
  return models.chat!.complete(
    { ...BACKGROUND, system: 's', messages: [{ role: 'user', content: 'say it' }], schema: answerSchema },
    options,
  );
}

/** What each fault comes to: the reason of the error, or `answers` where it is none for this kind. */
const EXPECTED: Record<ModelFault, { embedding: string; chat: string }> = {
  refused: { embedding: 'connection', chat: 'connection' },
  '401': { embedding: 'auth', chat: 'auth' },
  '429': { embedding: 'rate', chat: 'rate' },
  '429-retry-after': { embedding: 'timeout', chat: 'timeout' },
  '500': { embedding: 'server', chat: 'server' },
  'hang-headers': { embedding: 'timeout', chat: 'timeout' },
  'hang-body': { embedding: 'timeout', chat: 'timeout' },
  truncated: { embedding: 'connection', chat: 'connection' },
  html: { embedding: 'malformed', chat: 'malformed' },
  empty: { embedding: 'malformed', chat: 'malformed' },
  'wrong-dimension': { embedding: 'malformed', chat: 'malformed' },
  'wrong-count': { embedding: 'malformed', chat: 'malformed' },
  shuffled: { embedding: 'answers', chat: 'malformed' },
  'duplicate-index': { embedding: 'malformed', chat: 'malformed' },
  nan: { embedding: 'malformed', chat: 'malformed' },
  null: { embedding: 'malformed', chat: 'malformed' },
  refusal: { embedding: 'malformed', chat: 'refusal' },
  length: { embedding: 'malformed', chat: 'length' },
  'invalid-json': { embedding: 'malformed', chat: 'malformed' },
  slow: { embedding: 'timeout', chat: 'timeout' },
};

describe.each(MODEL_FAULTS)('an endpoint that fails with %s', (fault) => {
  it.each(['embedding', 'chat'] as const)(
    '%s: says so in time, and answers when it is well',
    async (kind) => {
      const call = (): Promise<unknown> =>
        kind === 'chat'
          ? ask({ timeoutMs: 350 })
          : models.remote!.embed(['one', 'two words', 'three'], BACKGROUND, { timeoutMs: 350 });
      await server.fault(fault);
      const startedAt = performance.now();
      const expected = EXPECTED[fault][kind];
      if (expected === 'answers') await call();
      else {
        const error = await failure(call());
        // A pause of the endpoint may come first: the same failure, said again.
        expect([expected, 'open', 'timeout']).toContain(error.details['reason']);
        expect(error.message).toContain(server.url);
        expect(['MODEL_UNAVAILABLE', 'RESOURCE_EXHAUSTED']).toContain(error.code);
      }
      expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
      await server.fault(undefined);
      for (let attempt = 0; ; attempt++) {
        try {
          await call();
          break;
        } catch (error) {
          if (attempt >= 100) throw error;
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
      }
      expect(models.health().find((endpoint) => endpoint.kind === kind)).toMatchObject({ state: 'ok' });
    },
  );
});

describe('an embedding endpoint', () => {
  it('gives vectors of unit length in the order of the texts, also when the answer is shuffled', async () => {
    await server.fault('shuffled');
    const { vectors, stamp } = await models.remote!.embed(['alpha', 'beta gamma', 'delta'], BACKGROUND);
    expect(stamp).toBe(`e/${DIMENSIONS}`);
    for (const [at, text] of ['alpha', 'beta gamma', 'delta'].entries()) {
      const raw = hashed(text, DIMENSIONS);
      const length = Math.hypot(...raw);
      for (const [component, value] of raw.entries())
        expect(vectors[at]![component]).toBeCloseTo(value / length, 5);
    }
  });

  it('sends batches no larger than allowed, each text once', async () => {
    await open({ embedding: { url: server.url, model: 'e', batchTexts: 4 } });
    const texts = Array.from({ length: 10 }, (_, at) => `text ${at}`);
    const { vectors } = await models.remote!.embed(texts, BACKGROUND);
    expect(vectors).toHaveLength(10);
    const sent = server.requests.map(({ body }) => body.input ?? []);
    expect(sent.map((inputs) => inputs.length)).toEqual([4, 4, 2]);
    expect(sent.flat()).toEqual(texts);
  });

  it('embeds a text that is too long in pieces, and gives one vector', async () => {
    await open({ embedding: { url: server.url, model: 'e', inputTokens: 64 } });
    const long = Array.from({ length: 400 }, (_, at) => `word${at}`).join(' ');
    const { vectors } = await models.remote!.embed(['short', long], BACKGROUND);
    expect(vectors).toHaveLength(2);
    expect(Math.hypot(...vectors[1]!)).toBeCloseTo(1, 5);
    const sent = server.requests.flatMap(({ body }) => body.input ?? []);
    expect(sent.length).toBeGreaterThan(5);
    expect(sent.slice(1).join('')).toBe(long);
  });

  it('refuses a dimension that is not the one insisted on', async () => {
    await open({ embedding: { url: server.url, model: 'e', dimensions: 16 } });
    const error = await failure(models.remote!.embed(['a'], INTERACTIVE));
    expect(error.message).toContain('8 numbers instead of 16');
  });

  it('refuses another dimension than it had, until several answers agree on it', async () => {
    await open({ embedding: { url: server.url, model: 'e' } });
    expect((await models.remote!.embed(['a'], INTERACTIVE)).stamp).toBe(`e/${DIMENSIONS}`);
    await server.fault('wrong-dimension');
    for (let time = 0; time < 4; time++)
      expect((await failure(models.remote!.embed(['a'], INTERACTIVE))).message).not.toBe('');
    expect(models.remote!.stamp).toBe(`e/${DIMENSIONS}`);
    await server.fault(undefined);
    await eventually(() => models.remote!.embed(['a'], INTERACTIVE), { what: 'the endpoint asked again' });
    server.vectorsBy((text) => hashed(text, 5));
    await failure(models.remote!.embed(['a', 'b'], INTERACTIVE));
    const then = await eventually(() => models.remote!.embed(['a', 'b'], INTERACTIVE), {
      what: 'the other dimension believed',
    });
    expect(then.stamp).toBe('e/5');
  });

  it('does not take the dimension from one vector that has no other to agree with', async () => {
    await open({ embedding: { url: server.url, model: 'e' } });
    await server.fault('wrong-dimension');
    await failure(models.remote!.embed(['a'], INTERACTIVE));
    expect(models.remote!.stamp).toBeUndefined();
  });

  it('answers nothing to nothing without a call', async () => {
    expect((await models.remote!.embed([], BACKGROUND)).vectors).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});

describe('a chat endpoint', () => {
  it('asks once more when the answer does not fit, and says what was wrong', async () => {
    const answers = ['{"answr": 1}', '```json\n{"answer":"yes"}\n```'];
    server.answerWith(() => answers.shift()!);
    expect(await ask()).toEqual({ answer: 'yes' });
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]!.body.messages.at(-1)!.content).toContain('answer');
  });

  it('gives plain text, without the thoughts before it', async () => {
    server.answerWith(() => '<think>hm</think>\n  The answer. ');
    const text = await models.chat!.complete({ ...INTERACTIVE, system: 's', messages: [] });
    expect(text).toBe('The answer.');
  });

  it('ends at once when its caller gives up', async () => {
    await server.fault('hang-body');
    const abort = new AbortController();
    const startedAt = performance.now();
    const asked = failure(ask({ signal: abort.signal }));
    setTimeout(() => abort.abort(), 30);
    expect((await asked).details['reason']).toBe('aborted');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('every endpoint', () => {
  it('is not asked while it is left alone, and one call tries it afterwards', async () => {
    await server.fault('500');
    await failure(ask());
    const asked = server.requests.length;
    expect((await failure(ask())).details['reason']).toBe('open');
    expect(server.requests).toHaveLength(asked);
    expect(models.health().find(({ kind }) => kind === 'chat')).toMatchObject({ state: 'paused' });
    // The other endpoint is not held responsible.
    expect(models.health().find(({ kind }) => kind === 'embedding')).toMatchObject({ state: 'idle' });
  });

  it('is asked again no sooner than it says', async () => {
    await server.fault('429-retry-after', 1);
    const startedAt = performance.now();
    await ask();
    expect(performance.now() - startedAt).toBeGreaterThan(950);
  });

  it('counts what it cost by cause, and keeps the count', async () => {
    await ask();
    await models.remote!.embed(['x'], { ...BACKGROUND, cause: 'index' });
    expect(models.usage().rows).toMatchObject([
      { kind: 'chat', cause: 'test', calls: 1, failures: 0, inputTokens: 11, outputTokens: 7 },
      { kind: 'embedding', cause: 'index', calls: 1, inputTokens: 3 },
    ]);
    await models.close();
    expect(store.rows.size).toBe(2);
    models = await openModels({}, { store });
    expect(models.usage().budget.usedTokens).toBe(21);
  });

  it('stops background work at the daily budget, not the questions somebody waits for', async () => {
    await open({ dailyTokens: 10 });
    await ask();
    const error = await failure(ask());
    expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', details: { reason: 'budget' } });
    expect(server.requests).toHaveLength(1);
    await models.chat!.complete({ ...INTERACTIVE, system: 's', messages: [] });
    expect(server.requests).toHaveLength(2);
  });

  it('gets no secrets, and what was held back is recorded without them', async () => {
    await open({ redactionAllowed: ['AKIAIOSFODNN7EXAMPLE'] });
    const secrets = [
      'sk-proj-abcdefghijklmnop1234',
      '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----',
      'password = "hunter2hunter2"',
      'https://me:geheim99@host.example/x',
    ];
    const text = `${secrets.join('\n\n')}\n\nAKIAIOSFODNN7EXAMPLE stays. token: string stays.`;
    await models.chat!.complete({ ...BACKGROUND, system: 's', messages: [{ role: 'user', content: text }] });
    await models.remote!.embed([text], BACKGROUND);
    await models.close();
    const sent = JSON.stringify(server.requests);
    for (const secret of ['abcdefghijklmnop', 'MIIEow', 'hunter2', 'geheim99'])
      expect(sent).not.toContain(secret);
    expect(sent).toContain('AKIAIOSFODNN7EXAMPLE stays. token: string stays.');
    expect(store.redactions).toHaveLength(2);
    expect(store.redactions[0]!.found).toMatchObject({
      'api-key': 1,
      'private-key': 1,
      'url-credentials': 1,
    });
    expect(JSON.stringify([store.redactions, [...store.rows.values()]])).not.toMatch(/hunter2|MIIEow|geheim/);
  });

  it('gets the key, and nothing that other programs left in the environment', async () => {
    const keyed = await startModelServer({ key: 'right' });
    process.env['OPENAI_API_KEY'] = 'wrong';
    process.env['OPENAI_ORG_ID'] = 'org';
    try {
      await open({ chat: { url: keyed.url, model: 'c', key: 'right' } });
      await ask();
      await models.remote!.embed(['x'], BACKGROUND);
      expect(keyed.requests[0]!.headers['openai-organization']).toBeUndefined();
      expect(server.requests.at(-1)!.headers.authorization).toBeUndefined();
    } finally {
      delete process.env['OPENAI_API_KEY'];
      delete process.env['OPENAI_ORG_ID'];
      await keyed.close();
    }
  });

  it('serves somebody who waits before the background', async () => {
    await open({ concurrency: 1 });
    const order: string[] = [];
    server.answerWith((request) => {
      order.push(request.messages.at(-1)!.content);
      return 'ok';
    });
    const say = (content: string, priority: 'interactive' | 'background') =>
      models.chat!.complete({ cause: 'test', priority, system: 's', messages: [{ role: 'user', content }] });
    await Promise.all([
      say('b1', 'background'),
      say('b2', 'background'),
      say('b3', 'background'),
      say('i', 'interactive'),
    ]);
    expect(order.indexOf('i')).toBe(1);
  });
});

it('without endpoints there is no chat, no remote embedder and no report', async () => {
  const none = await openModels({}, { store: memoryUsageStore() });
  expect([none.chat, none.remote, none.health()]).toEqual([undefined, undefined, []]);
  expect(await none.probe()).toEqual([]);
  await none.close();
});
