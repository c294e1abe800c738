import { type IncomingMessage, request } from 'node:http';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/api/index.ts';
import { createClient } from '../../src/client/index.ts';
import type { ControlServer } from '../../src/control/index.ts';
import { controlServer } from '../helpers/control.ts';
import { eventually } from '../helpers/eventually.ts';
import { postJson, rawRequest } from '../helpers/raw-http.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

let dir: TempDir;
let server: ControlServer;
let socket: string;
let stops = 0;

beforeAll(async () => {
  dir = await tempDir();
  server = controlServer(dir.path, {
    timeouts: { headersMs: 300, requestMs: 600, stalledMs: 1_500 },
    onStop: () => stops++,
  });
  await server.listen();
  socket = server.socketPath;
});
afterAll(async () => {
  await server.close();
  await dir.remove();
});

/** What the server says to bytes that may not be HTTP, until it hangs up. */
function talk(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket, () => connection.write(bytes));
    let heard = '';
    connection.on('data', (piece) => (heard += String(piece)));
    connection.on('close', () => resolve(heard));
    connection.on('error', reject);
    connection.setTimeout(10_000, () => connection.destroy(new Error('the server did not hang up')));
  });
}

describe('the envelope', () => {
  it('has status, result and time in seconds; X-Process-Time says the same', async () => {
    const answer = await rawRequest(socket, { path: ROUTES.mountList.path });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json).sort()).toEqual(['result', 'status', 'time']);
    expect(answer.json).toMatchObject({ status: 'ok', result: [] });
    expect(answer.json.time).toBeGreaterThan(0);
    expect(answer.json.time).toBeLessThan(5);
    expect(Number(answer.headers['x-process-time'])).toBeCloseTo(answer.json.time!, 3);
    expect(answer.headers['content-type']).toContain('application/json');
  });

  it('is not around /health', async () => {
    const answer = await rawRequest(socket, { path: '/health' });
    expect(answer.json).toEqual({
      status: 'ok',
      healthy: true,
      version: '0.0.0-test',
      auth_mode: 'local',
      account_id: 'default',
      user_id: 'tester',
      role: 'root',
    });
  });

  it('says 404 for a route that is not there', async () => {
    for (const path of ['/', '/api/v1', '/api/v1/fs/nope', '/api/v1/sessions//messages', '/api/v2/fs/ls']) {
      const answer = await rawRequest(socket, { path });
      expect(answer.status, path).toBe(404);
      expect(answer.json.error?.code).toBe('NOT_FOUND');
    }
  });

  it.each(Object.entries(ROUTES))('says 405 for a method that %s does not have', async (_name, route) => {
    const answer = await rawRequest(socket, {
      method: 'PROPFIND',
      path: route.path.replaceAll(/:\w+/g, 'x'),
    });
    expect(answer.status).toBe(405);
    expect(answer.json.error?.code).toBe('INVALID_ARGUMENT');
    expect(answer.headers.allow).toContain(route.method);
  });

  it('is there when something of ours breaks', async () => {
    const answer = await rawRequest(socket, { path: '/api/v1/system/errors' });
    expect(answer.status).toBe(500);
    expect(answer.json.error).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('reached the core'),
    });
  });
});

describe('headers', () => {
  it('echoes a request id, and makes one when there is none', async () => {
    const own = await rawRequest(socket, { path: '/health', headers: { 'x-request-id': 'a.B_1:2-3' } });
    expect(own.headers['x-request-id']).toBe('a.B_1:2-3');
    const made = await rawRequest(socket, { path: '/nope' });
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(['has space', 'semi;colon', 'x'.repeat(129)])('refuses the request id %j', async (id) => {
    const answer = await rawRequest(socket, { path: '/health', headers: { 'x-request-id': id } });
    expect(answer.status).toBe(400);
    expect(answer.headers['x-request-id']).not.toBe(id);
  });

  it.each(['a/b', '..', 'x'.repeat(129), 'a b'])('refuses the actor peer %j', async (peer) => {
    const answer = await rawRequest(socket, {
      path: '/api/v1/fs/ls?uri=viking://',
      headers: { 'x-openviking-actor-peer': peer },
    });
    expect(answer.status).toBe(400);
    expect(answer.json.error?.code).toBe('INVALID_ARGUMENT');
  });
});

describe('bodies', () => {
  const mkdir = ROUTES.mkdir.path;

  it.each(['{', '{"uri": }', '[1,2', 'nul', '\uFEFF{}x', '{"uri":"a"}{"uri":"b"}'])(
    'refuses %j as JSON',
    async (body) => {
      const answer = await postJson(socket, mkdir, body);
      expect(answer.status).toBe(400);
      expect(answer.json.error?.code).toBe('INVALID_ARGUMENT');
      expect(answer.json.error?.details['validation_errors']).toMatchObject([
        { loc: ['body'], type: 'json_invalid' },
      ]);
    },
  );

  it('refuses bytes that are not UTF-8', async () => {
    const answer = await rawRequest(socket, {
      method: 'POST',
      path: mkdir,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(answer.status).toBe(400);
  });

  it.each(['[]', '"text"', '7', 'null'])('refuses %s, which is no object', async (body) => {
    expect((await postJson(socket, mkdir, body)).status).toBe(400);
  });

  it('names unknown keys, wrong types and missing fields', async () => {
    const answer = await postJson(socket, mkdir, '{"url":"x","__proto__":{"uri":"y"},"description":5}');
    expect(answer.status).toBe(400);
    const errors = answer.json.error?.details['validation_errors'] as { loc: string[]; type: string }[];
    expect(errors.map((error) => [error.loc.join('.'), error.type]).sort()).toEqual([
      ['body.__proto__', 'unknown_key'],
      ['body.description', 'invalid_type'],
      ['body.uri', 'missing'],
      ['body.url', 'unknown_key'],
    ]);
    expect(answer.json.error?.message).toContain('url: unknown key');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'refuses the content type %j',
    async (type) => {
      const answer = await rawRequest(socket, {
        method: 'POST',
        path: mkdir,
        headers: type === '' ? {} : { 'content-type': type },
        body: '{"uri":"viking://resources/a"}',
      });
      expect(answer.status).toBe(400);
      expect(answer.json.error?.message).toContain('content type');
    },
  );

  it('takes an empty body for an empty object', async () => {
    const answer = await rawRequest(socket, { method: 'POST', path: mkdir });
    expect(answer.json.error?.message).toContain('uri: required');
  });

  it('answers 413 to a body that says it is too long', async () => {
    const declared = await rawRequest(socket, {
      method: 'POST',
      path: mkdir,
      headers: { 'content-type': 'application/json' },
      body: Buffer.alloc(100 * 1024 ** 2, 0x78),
    });
    expect(declared).toMatchObject({ status: 413, json: { error: { code: 'TOO_LARGE' } } });
  });

  it('answers 413 in the middle of a long chunked body, without keeping it', async () => {
    const before = process.memoryUsage().rss;
    const answer = await new Promise<number>((resolve, reject) => {
      const sent = request(
        {
          socketPath: socket,
          method: 'POST',
          path: mkdir,
          headers: { 'content-type': 'application/json' },
          agent: false,
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      // The server may hang up on the rest once it has answered.
      sent.on('error', (error) => reject(error));
      const piece = Buffer.alloc(1024 ** 2, 0x78);
      let pieces = 0;
      const push = (): void => {
        while (pieces++ < 300) if (!sent.write(piece)) return void sent.once('drain', push);
        sent.end();
      };
      push();
    });
    expect(answer).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 ** 2);
  });

  it('lets our client read the refusal of 100 MB', async () => {
    const client = createClient({ socketPath: socket });
    const message = { role: 'user', content: 'x'.repeat(100 * 1024 ** 2) };
    await expect(client.addMessage('s', message)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      hint: expect.stringContaining('temp_upload'),
    });
  });
});

describe('query strings', () => {
  it('names every field that is wrong', async () => {
    const answer = await rawRequest(socket, {
      path: '/api/v1/fs/ls?node_limit=0&recursive=maybe&output=xml&abs_limit=1e3',
    });
    expect(answer.status).toBe(400);
    const errors = answer.json.error?.details['validation_errors'] as { loc: string[] }[];
    expect(errors.map((error) => error.loc[1]).sort()).toEqual([
      'abs_limit',
      'node_limit',
      'output',
      'recursive',
      'uri',
    ]);
  });
});

describe('what this version cannot do is refused by name', () => {
  it.each([
    ['/api/v1/search/find', { query: 'a', image_url: 'x' }, 'image_url'],
    ['/api/v1/resources', { path: '/tmp/a', add_type: 'feishu' }, 'add_type'],
    ['/api/v1/resources', { path: 'git@example.com:a/b.git' }, 'of this kind'],
  ])('%s %j', async (path, body, named) => {
    const answer = await postJson(socket, path, body);
    expect(answer.status).toBe(501);
    expect(answer.json.error?.code).toBe('UNIMPLEMENTED');
    expect(answer.json.error?.message).toContain(named);
  });

  it.each([
    ['/api/v1/search/find', { query: '  ' }, 'query'],
    ['/api/v1/search/search', { query: 'a', max_tokens: 100 }, 'max_tokens'],
    ['/api/v1/search/search', { query: 'a', mode: 'context', per_entry: 5 }, 'per_entry'],
    ['/api/v1/search/search', { query: 'a', mode: 'context', level: 2 }, 'level'],
    [
      '/api/v1/search/search',
      { query: 'a', mode: 'context', include_provenance: true },
      'include_provenance',
    ],
    ['/api/v1/resources', {}, 'path or temp_file_id'],
    ['/api/v1/resources', { path: 'docs' }, 'relative'],
    [
      '/api/v1/resources',
      { path: '/tmp/a', to: 'viking://resources/a', parent: 'viking://resources' },
      'not both',
    ],
    ['/api/v1/content/write', { uri: 'viking://resources/a' }, 'content'],
    [
      '/api/v1/content/write',
      { uri: 'viking://resources/a', content: 'a', content_base64: 'YQ==' },
      'not both',
    ],
    ['/api/v1/content/write', { uri: 'viking://resources/a', content_base64: '!' }, 'content_base64'],
    ['/api/v1/sessions/s/messages/batch', { messages: [] }, 'messages'],
    [
      '/api/v1/sessions/s/messages/batch',
      { messages: Array(101).fill({ role: 'user', content: 'a' }) },
      'messages',
    ],
    ['/api/v1/sessions/s/commit', { keep_recent_count: 10_001 }, 'keep_recent_count'],
    ['/api/v1/sessions/s/commit', { keep_recent_count: -1 }, 'keep_recent_count'],
  ])('%s is 400: %#', async (path, body, named) => {
    const answer = await postJson(socket, path, body);
    expect(answer.status).toBe(400);
    expect(answer.json.error?.message).toContain(named);
  });

  it('refuses a temp_file_id of nobody', async () => {
    const answer = await postJson(socket, '/api/v1/resources', { temp_file_id: 'upload_x' });
    expect(answer.status).toBe(403);
  });
});

describe('uploads', () => {
  const path = ROUTES.tempUpload.path;
  const multipart = (body: string, boundary = 'b') =>
    rawRequest(socket, {
      method: 'POST',
      path,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: body.replaceAll('\n', '\r\n'),
    });

  it('takes one file, whatever boundary-like bytes it holds', async () => {
    const answer = await multipart(
      '--b\nContent-Disposition: form-data; name="telemetry"\n\nfalse\n--b\nContent-Disposition: form-data; name="file"; filename="../../a.md"\n\n--bx\n-b\n--b--\n',
    );
    expect(answer.status).toBe(200);
    expect(answer.json.result).toMatchObject({
      temp_file_id: expect.stringMatching(/^upload_[0-9a-f]{32}$/),
    });
  });

  it.each([
    ['no file', '--b\nContent-Disposition: form-data; name="x"\n\n1\n--b--\n', 'file: required'],
    [
      'a cut body',
      '--b\nContent-Disposition: form-data; name="file"; filename="a"\n\nabc',
      'ends in the middle',
    ],
    ['no part name', '--b\nContent-Type: text/plain\n\nabc\n--b--\n', 'no name'],
    ['another field', '--b\nContent-Disposition: form-data; name="up"; filename="a"\n\nabc\n--b--\n', '"up"'],
    ['endless headers', `--b\nX: ${'x'.repeat(20_000)}\n\nabc\n--b--\n`, '16384'],
    ['nothing', '', 'ends in the middle'],
  ])('refuses %s', async (_what, body, named) => {
    const answer = await multipart(body);
    expect(answer.status).toBe(400);
    expect(answer.json.error?.message).toContain(named);
  });

  it('refuses what is not multipart', async () => {
    const answer = await postJson(socket, path, '{}');
    expect(answer.status).toBe(400);
    expect(answer.json.error?.message).toContain('multipart');
  });
});

describe('slow and broken clients', () => {
  it('answers 408 to headers that do not come', async () => {
    const heard = await talk('GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expect(heard).toContain('HTTP/1.1 408');
    expect(heard).toContain('"DEADLINE_EXCEEDED"');
  });

  it('answers 408 to a body that does not come', async () => {
    const heard = await talk(
      'POST /api/v1/fs/mkdir HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    expect(heard).toContain('HTTP/1.1 408');
  });

  it('lets a body take long that gets on', async () => {
    const body = JSON.stringify({ uri: 'viking://resources/slow', description: 'x'.repeat(20_000) });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sending = request(
        { socketPath: socket, path: ROUTES.mkdir.path, method: 'POST', headers },
        resolve,
      );
      sending.on('error', reject);
      let at = 0;
      const timer = setInterval(() => {
        sending.write(body.slice(at, at + 3_000));
        at += 3_000;
        if (at < body.length) return;
        clearInterval(timer);
        sending.end();
      }, 250);
    });
    answer.resume();
    expect(answer.statusCode).not.toBe(408);
  });

  it('answers 400 to what is not HTTP', async () => {
    const heard = await talk('SSH-2.0-OpenSSH_9.6\r\n\r\n');
    expect(heard).toContain('HTTP/1.1 400');
    expect(heard).toContain('"INVALID_ARGUMENT"');
  });

  it('answers 431 to headers without end', async () => {
    const heard = await talk(`GET /health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect(heard).toContain('HTTP/1.1 431');
  });

  it('cuts a client that does not read its answer', async () => {
    const own = await tempDir();
    const long = controlServer(own.path, {
      timeouts: { stalledMs: 100 },
      mounts: {
        list: () => [
          {
            mountpoint: 'x'.repeat(32 * 1024 ** 2),
            driver: 'kernel',
            read_only: false,
            allow_other: false,
            actor_peer: null,
            account: 'default',
            user: 'tester',
            agent: null,
          },
        ],
        mount: () => Promise.reject(new Error('no mounts')),
        unmount: () => Promise.resolve(),
      },
    });
    await long.listen();
    const reader = createConnection(long.socketPath);
    reader.pause();
    reader.write('GET /api/v1/system/mounts HTTP/1.1\r\nHost: x\r\n\r\n');
    let broken = '';
    reader.on('error', (error: NodeJS.ErrnoException) => {
      broken = error.code ?? error.message;
    });
    // Nothing is read, so only writing can tell that the other end has gone; too often, it would count as life.
    await eventually(() => broken !== '' || (reader.write('\r\n') && false), {
      what: 'the server hangs up',
      intervalMs: 500,
    });
    expect(broken).toMatch(/EPIPE|ECONNRESET/);
    await long.close();
    await own.remove();
  });

  it('waits with a client for an answer that takes its time', async () => {
    const own = await tempDir();
    const slow = controlServer(own.path, {
      timeouts: { stalledMs: 50 },
      mounts: {
        list: () => [],
        mount: () => Promise.reject(new Error('no mounts')),
        unmount: () => new Promise((resolve) => setTimeout(resolve, 400)),
      },
    });
    await slow.listen();
    expect(await createClient({ socketPath: slow.socketPath }).unmount('/x')).toEqual({ mountpoint: '/x' });
    await slow.close();
    await own.remove();
  });

  it('goes on after all of that', async () => {
    expect((await rawRequest(socket, { path: '/health' })).status).toBe(200);
  });
});

describe('stopping', () => {
  it('answers first and stops then', async () => {
    const answer = await postJson(socket, ROUTES.systemStop.path, {});
    expect(answer.json.result).toEqual({ stopping: true, pid: process.pid });
    await eventually(() => stops === 1, { what: 'onStop was called' });
  });

  it('lets a request under way end, refuses new ones, and does not wait for idle connections', async () => {
    const own = await tempDir();
    let finish!: () => void;
    const slow = controlServer(own.path, {
      mounts: {
        list: () => [],
        mount: () => Promise.reject(new Error('no mounts')),
        unmount: () => new Promise((resolve) => (finish = resolve)),
      },
    });
    await slow.listen();
    const client = createClient({ socketPath: slow.socketPath });
    const running = client.unmount('/x');
    await eventually(() => finish !== undefined, { what: 'the request is under way' });
    const idle = createConnection(slow.socketPath);
    await new Promise((resolve) => idle.once('connect', resolve));
    const closing = slow.close();
    await expect(client.health()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    finish();
    expect(await running).toEqual({ mountpoint: '/x' });
    await closing;
    idle.destroy();
    await own.remove();
  });
});
