/**
 * What programs written for the reference's API send, in its own shapes: defaults sent along, text for numbers, `null`
 * at any depth, odd names, limits at their edges, requests at the edges of HTTP. Over TCP with a user's key.
 */
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteName } from '../../src/api/index.ts';
import { rawRequest } from '../helpers/raw-http.ts';
import { type RouteAsk, type RouteWorld, startRouteWorld } from '../helpers/route-world.ts';
import { describeReferenceClients } from './reference-clients.ts';
import { FILE, fillRouteWorld, MISSING, SECRET, TREE } from './route-cases/route-case.ts';

let world: RouteWorld;
beforeAll(async () => {
  world = await startRouteWorld();
  await fillRouteWorld(world);
}, 60_000);
afterAll(() => world?.daemon.close());

const ask = (route: RouteName, asked?: RouteAsk) => world.ask('bob', route, asked);
const result = <T = Record<string, unknown>>(route: RouteName, asked?: RouteAsk) =>
  world.result<T>('bob', route, asked);
const raw = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  rawRequest(world.port, {
    method,
    path,
    headers: { 'x-api-key': world.keys.bob, ...headers },
    ...(body === undefined ? {} : { body }),
  });
const JSON_TYPE = { 'content-type': 'application/json' };

describe('values', () => {
  it.each([
    ['write', { uri: 'viking://resources/v.md', content: 'x', wait: 'true', timeout: '30' }],
    ['write', { uri: 'viking://resources/v.md', content: 'x', wait: 1, telemetry: null }],
    ['find', { query: 'alpaca', limit: '5', score_threshold: '0.0', include_provenance: 'No' }],
    ['find', { query: 'alpaca', limit: null, target_uri: null, include_provenance: null, filter: null }],
    ['grep', { uri: TREE, pattern: 'a', case_insensitive: 'yes', node_limit: '256', level_limit: 10.0 }],
    ['glob', { pattern: '*', uri: null, node_limit: null }],
    ['systemWait', { timeout: '30' }],
    [
      'batchWrite',
      {
        root_uri: TREE,
        wait: 'false',
        operations: [{ uri: `${TREE}/v.md`, content: 'v', content_base64: null, mode: null }],
      },
    ],
  ] as const)('of %s are understood as they are meant: %j', async (route, json) => {
    expect((await ask(route, { json })).json).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['find', { query: 'a', limit: 'many' }],
    ['find', { query: 'a', limit: '' }],
    ['find', { query: 'a', limit: '0' }],
    ['find', { query: 'a', limit: '5x' }],
    ['find', { query: 'a', limit: [5] }],
    ['find', { query: 'a', limit: true }],
    ['find', { query: null }],
    ['write', { uri: MISSING, content: 'x', wait: 'maybe' }],
    ['write', { uri: MISSING, content: 'x', wait: 2 }],
    ['write', { uri: null, content: 'x' }],
    ['batchWrite', { root_uri: TREE, operations: [{ uri: null, content: 'x' }] }],
    ['batchWrite', { root_uri: TREE, operations: [null] }],
  ] as const)('of %s that mean nothing are refused and named: %j', async (route, json) => {
    const answer = await ask(route, { json });
    expect([answer.status, answer.json.error?.code]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(answer.json.error?.message).toMatch(/limit|query|wait|uri|operations/);
  });

  it.each(['True', 'TRUE', '1', 'yes', 'on', 't', 'Y'])('a flag in a query may be %s', async (flag) => {
    const listed = await result('ls', { query: { uri: TREE, simple: flag } });
    expect(listed).toContain(FILE);
  });

  it('a key twice counts once, the last one; unknown ones of a query are passed over', async () => {
    const answer = await raw('GET', `/api/v1/fs/stat?uri=${MISSING}&uri=${FILE}&surprise=1&_=5`);
    expect(answer.json.result).toMatchObject({ uri: FILE });
    expect((await raw('GET', `/api/v1/fs/stat?uri[]=${FILE}`)).status).toBe(400);
  });

  it('a block of context takes the defaults that clients send along, and refuses what means nothing', async () => {
    const defaults = {
      query: 'alpaca',
      mode: 'context',
      query_expansion: 'auto',
      max_tokens: 1_600,
      dedup_turns: 0,
      exclude_uris: [],
      peer_scope: 'all',
      rewrite: false,
      rewrite_max_bullets: 6,
    };
    expect(await result('search', { json: defaults })).toMatchObject({
      entries: expect.any(Array),
      rendered: expect.any(String),
      digest: expect.any(String),
      stats: expect.any(Object),
    });
    for (const wish of [
      { rewrite: 'auto' },
      { other_peer_penalty: 0.1 },
      { other_peer_penalty: { events: 0.2 } },
    ])
      expect((await ask('search', { json: { ...defaults, ...wish } })).status).toBe(200);
    for (const strange of [{ dedup_turns: 101 }, { rewrite_max_bullets: 0 }, { peer_scope: 'some' }])
      expect((await ask('search', { json: { ...defaults, ...strange } })).status).toBe(400);
  });
});

describe('addresses', () => {
  it.each([
    ['viking:///resources//tree///a.md//', FILE],
    ['  viking://resources/tree/a.md ', FILE],
    ['viking://~', 'viking://user/bob'],
    ['viking://~/memories/', 'viking://user/bob/memories'],
    ['viking://user/memories', 'viking://user/bob/memories'],
    ['viking://session', 'viking://user/bob/sessions'],
  ])('%j is %s', async (uri, canonical) => {
    expect(await result('stat', { query: { uri } })).toMatchObject({ uri: canonical });
  });

  it.each([
    'viking://resources/../user/ann/memories/secret.md',
    'viking://resources/./tree',
    'viking://resources/a\\..\\..\\user',
    'viking://~/../ann/memories/secret.md',
  ])('%s climbs: 403 to read, 400 to write, and nothing is told', async (uri) => {
    for (const route of ['read', 'ls', 'stat', 'abstract', 'download'] as const) {
      const answer = await ask(route, { query: { uri } });
      expect([answer.status, answer.json.error?.code]).toEqual([403, 'PERMISSION_DENIED']);
      expect(answer.text).not.toContain('xylophone');
    }
    const written = await ask('write', { json: { uri, content: 'x' } });
    expect([written.status, written.json.error?.code]).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it.each(['%2e%2e/x.md', '%252e%252e/x.md', 'a%2f..%2fx.md', '..%5cx.md', '%2E/x.md'])(
    'a name that climbs once decoded is not written: %s',
    async (name) => {
      const uri = `viking://resources/${name}`;
      expect((await ask('write', { json: { uri, content: 'x' } })).status).toBe(400);
      const operations = [{ uri: `${TREE}/${name}`, content: 'x' }];
      expect((await ask('batchWrite', { json: { root_uri: TREE, operations } })).status).toBe(400);
    },
  );

  it.each([
    '100%',
    'a%20b',
    'what?',
    'c#',
    'ünï 日本.md',
    ' lead',
    'a&b=c',
    "it's",
    '~',
    'a:b',
    'x'.repeat(255),
  ])('an ordinary name is kept as it is: %j', async (name) => {
    const uri = `viking://resources/names/${name}`;
    await result('write', { json: { uri: `${uri}/of.md`, content: name } });
    expect(await result('read', { query: { uri: `${uri}/of.md` } })).toBe(name);
    const listed = await result<string[]>('ls', { query: { uri, simple: 'true' } });
    expect(listed).toEqual([`${uri}/of.md`]);
    expect(await result('remove', { query: { uri, recursive: 'true' } })).toMatchObject({ uri });
  });

  it('a file is not moved to a name that ends with a slash, a directory is', async () => {
    const at = 'viking://resources/moving';
    await result('write', { json: { uri: `${at}/d/f.md`, content: 'x' } });
    const file = { from_uri: `${at}/d/f.md`, to_uri: `${at}/e.md/` };
    expect((await ask('move', { json: file })).json.error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    const missing = { from_uri: `${at}/none`, to_uri: `${at}/e/` };
    expect((await ask('move', { json: missing })).status).toBe(404);
    expect(await result('move', { json: { from_uri: `${at}/d/`, to_uri: `${at}/e/` } })).toEqual({
      from: `${at}/d`,
      to: `${at}/e`,
    });
  });

  it('what is no file says what it is', async () => {
    const { error } = (await ask('read', { query: { uri: TREE } })).json;
    expect(error?.details).toMatchObject({ expected: 'file', actual: 'directory' });
  });

  it('a pattern of slashes alone is nobody’s name', async () => {
    expect(await result('glob', { json: { pattern: '/', uri: TREE } })).toEqual({ matches: [], count: 0 });
  });
});

describe('sessions', () => {
  it.each(['a.b-c_d@e', 'with space inside', 'ünïcödé-日本', '1', 'x'.repeat(200), 'x'.repeat(240)])(
    'may be called %s',
    async (id) => {
      expect(await result('sessionCreate', { json: { session_id: id } })).toMatchObject({
        session_id: id,
        user: { account_id: 'acme', user_id: 'bob' },
        auto_commit_policy: null,
        memory_extraction_config: null,
      });
      const params = { id };
      expect(await result('sessionMessage', { params, json: { role: 'user', content: '' } })).toMatchObject({
        message_count: 1,
      });
      expect(await result('sessionGet', { params })).toMatchObject({ session_id: id, message_count: 1 });
      await result('sessionDelete', { params });
      expect((await ask('sessionGet', { params })).status).toBe(404);
    },
  );

  it('get an id of their own: a time and sixteen digits', async () => {
    const { session_id } = await result('sessionCreate', { json: {} });
    expect(session_id).toMatch(/^\d{8}-\d{6}-[0-9a-f]{16}$/);
  });

  it('take every part a client sends, empty fields as absent ones', async () => {
    const params = { id: 'parts' };
    const parts = [
      { type: 'text', text: 'Listed.' },
      { type: 'context', uri: FILE, context_type: 'resource', abstract: '' },
      {
        type: 'tool',
        tool_id: 't1',
        tool_name: 'ls',
        tool_uri: '',
        skill_uri: '',
        tool_input: { path: '.' },
        tool_output: 'a.md',
        tool_status: 'completed',
        duration_ms: 3.5,
        prompt_tokens: null,
        completion_tokens: 2,
      },
      { type: 'image_url', image_url: { url: 'https://example.org/a.png', detail: 'low' } },
    ];
    const json = {
      role: 'assistant',
      parts,
      content: null,
      turn_id: 'turn-1',
      message_kind: 'assistant_step',
    };
    expect(await result('sessionMessage', { params, json })).toMatchObject({ message_count: 1 });
    const { messages } = await result<{ messages: { parts: { type: string }[] }[] }>('sessionContext', {
      params,
    });
    expect(messages[0]!.parts.map(({ type }) => type)).toEqual(['text', 'context', 'tool', 'image']);
    expect(messages[0]!.parts[2]).not.toHaveProperty('skill_uri');
  });

  it('keep what a change of settings leaves out', async () => {
    const params = { id: 'settings' };
    await result('sessionCreate', {
      json: { session_id: 'settings', auto_commit_policy: { keep_recent_count: 3 } },
    });
    const kept = { auto_commit_policy: { keep_recent_count: 3, message_count_threshold: 100 } };
    expect(await result('sessionConfig', { params, json: {} })).toMatchObject(kept);
    const off = await result('sessionConfig', { params, json: { auto_commit_policy: null } });
    expect(off['auto_commit_policy']).toBeNull();
    expect(await result('sessionConfig', { params, json: {} })).toMatchObject({ auto_commit_policy: null });
  });

  it.each([1, 100])('take a batch of %i messages', async (count) => {
    const messages = Array.from({ length: count }, (_, index) => ({ role: 'user', content: `${index}` }));
    expect(
      await result('sessionMessages', { params: { id: `batch-${count}` }, json: { messages } }),
    ).toMatchObject({
      added: count,
    });
  });

  it('a committed one answers its task, which says what it worked on', async () => {
    const params = { id: 'worked-on' };
    await result('sessionMessage', { params, json: { role: 'user', content: 'I prefer tabs.' } });
    const committed = await result('sessionCommit', {
      params,
      json: { keep_recent_count: 0, telemetry: false },
    });
    const task = await result('taskGet', { params: { id: String(committed['task_id']) } });
    expect(Object.keys(task)).toEqual(
      expect.arrayContaining([
        ...['task_id', 'task_type', 'status', 'created_at', 'updated_at', 'resource_id', 'meta', 'stage'],
        ...['result', 'error', 'created_at_iso', 'updated_at_iso'],
      ]),
    );
    expect(await result('taskList', { query: { status: 'cancelling' } })).toEqual([]);
    const skipped = await result('sessionCommit', { params, json: {} });
    expect(skipped).toMatchObject({ status: 'skipped', reason: 'no_messages', archive_uri: null });
  });
});

describe('waiting', () => {
  it('answers one state per queue', async () => {
    const queues = Object.values(await result('systemWait', { json: {} }));
    const state = {
      processed: expect.any(Number),
      requeue_count: expect.any(Number),
      error_count: expect.any(Number),
      errors: expect.any(Array),
    };
    expect(queues).toEqual(queues.map(() => state));
    expect(queues.length).toBeGreaterThan(1);
    const removed = await result('remove', { query: { uri: MISSING, wait: 'true' } });
    expect(removed['queue_status']).toMatchObject({ Semantic: state, Embedding: state });
  });
});

describe('HTTP itself', () => {
  it.each([
    ['PUT', '/api/v1/fs/ls', 'GET, HEAD'],
    ['OPTIONS', '/api/v1/fs/ls', 'GET, HEAD'],
    ['GET', '/api/v1/content/write', 'POST'],
    ['DELETE', '/api/v1/sessions', 'POST, GET, HEAD'],
    ['POST', '/api/v1/sessions/x', 'GET, HEAD, DELETE'],
    ['TRACE', '/health', 'GET, HEAD'],
  ])('%s %s is 405 and names what is allowed', async (method, path, allow) => {
    const answer = await raw(method, path);
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
    expect(answer.json.status).toBe('error');
  });

  it('HEAD is GET without the body', async () => {
    for (const path of ['/health', `/api/v1/fs/ls?uri=${TREE}`, `/api/v1/content/download?uri=${FILE}`]) {
      const [head, get] = [await raw('HEAD', path), await raw('GET', path)];
      expect([head.status, head.text, head.headers['content-type']]).toEqual([
        200,
        '',
        get.headers['content-type'],
      ]);
      expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    }
    expect((await raw('HEAD', `/api/v1/fs/stat?uri=${MISSING}`)).status).toBe(404);
  });

  it('a path that is no route is a 404 in the envelope, also for a stranger only after a key', async () => {
    for (const path of ['/', '/api/v1', '/api/v1/nothing', '/api/v1/fs//ls', '/api/v2/fs/ls'])
      expect((await raw('GET', path)).json.error?.code, path).toBe('NOT_FOUND');
    expect((await rawRequest(world.port, { path: '/api/v1/nothing' })).status).toBe(401);
  });

  it.each([
    [{ 'content-type': 'application/json; charset=utf-8' }, 200],
    [{ 'content-type': 'APPLICATION/JSON' }, 200],
    [{ 'content-type': 'application/vnd.api+json' }, 200],
    [{ ...JSON_TYPE, 'transfer-encoding': 'chunked' }, 200],
    [{ ...JSON_TYPE, 'content-encoding': 'identity' }, 200],
    [{ 'content-type': 'text/plain' }, 400],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 400],
    [{ 'content-type': 'multipart/form-data; boundary=x' }, 400],
    [{ ...JSON_TYPE, 'content-encoding': 'gzip' }, 400],
  ] as [Record<string, string>, number][])('a body with %j is %d', async (headers, status) => {
    const answer = await raw('POST', '/api/v1/search/glob', headers, '{"pattern":"*"}');
    expect(answer.status, answer.text).toBe(status);
    if (status === 400) expect(answer.json.error?.code).toBe('INVALID_ARGUMENT');
  });

  it.each(['', 'null', '[]', '"x"', '5', '{', '{"pattern":"*"}x', '{"pattern":"*","__proto__":{"uri":"x"}}'])(
    'the body %j is refused where a field is required',
    async (body) => {
      const answer = await raw('POST', '/api/v1/search/glob', JSON_TYPE, body);
      expect([answer.status, answer.json.error?.code]).toEqual([400, 'INVALID_ARGUMENT']);
      expect(answer.json.error?.details['validation_errors']).toEqual(expect.any(Array));
    },
  );

  it('a byte order mark is passed over, bytes that are no text are not', async () => {
    expect((await raw('POST', '/api/v1/search/glob', JSON_TYPE, '\ufeff{"pattern":"*"}')).status).toBe(200);
    const answer = await rawRequest(world.port, {
      method: 'POST',
      path: '/api/v1/search/glob',
      headers: { ...JSON_TYPE, 'x-api-key': world.keys.bob },
      body: Buffer.from([0x7b, 0xff, 0x7d]),
    });
    expect(answer.status).toBe(400);
  });

  it('a body that comes one byte a piece is understood, and two requests share a connection', async () => {
    const json = JSON.stringify({ pattern: '*' });
    const pieces = [...json].map((character) => `1\r\n${character}\r\n`).join('');
    const head = (more: string) =>
      `POST /api/v1/search/glob HTTP/1.1\r\nHost: x\r\nX-API-Key: ${world.keys.bob}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;
    const first = `${head('Transfer-Encoding: chunked')}${pieces}0\r\n\r\n`;
    const second = `${head(`Content-Length: ${json.length}\r\nConnection: close`)}${json}`;
    const text = await new Promise<string>((resolve, reject) => {
      const socket = createConnection({ host: '127.0.0.1', port: world.port });
      let received = '';
      socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));
      socket.on('data', (piece) => (received += String(piece)));
      socket.on('error', reject);
      socket.on('end', () => resolve(received));
      socket.write(first + second);
    });
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  it.each([
    ['a.b:c_d-1', 200],
    ['x'.repeat(128), 200],
    ['x'.repeat(129), 400],
    ['a b', 400],
  ])('a request id %s is %d', async (id, status) => {
    const answer = await raw('GET', '/api/v1/system/status', { 'x-request-id': id });
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.headers['x-request-id']).toBe(id);
  });

  it('an error names no path of the machine, whoever asks', async () => {
    for (const answer of [
      await ask('write', { json: { uri: `${FILE}/below.md`, content: 'x' } }),
      await ask('read', { query: { uri: MISSING } }),
      await ask('read', { query: { uri: SECRET } }),
      await ask('mkdir', { json: { uri: FILE } }),
      await ask('move', { json: { from_uri: MISSING, to_uri: `${FILE}/x` } }),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain(world.daemon.home);
      expect(answer.text).not.toContain('acme/resources');
    }
  });
});

describeReferenceClients(() => world);
