import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { postJson, type RawResponse, rawRequest } from '../helpers/raw-http.ts';

const SECRET = 'xylophone-secret';
let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon();
  const own = join(daemon.home, 'content/default/user');
  for (const path of ['bob/memories', 'tester/peers/eve/memories', 'tester/peers/mallory/memories']) {
    await mkdir(join(own, path), { recursive: true });
    await writeFile(join(own, path, 'note.md'), `${SECRET} in ${path}\n`);
  }
  await daemon.client.wait(30);
}, 60_000);
afterAll(() => daemon?.close());

const PEER = { 'x-openviking-actor-peer': 'eve' };
const get = (path: string, uri: string, headers = {}) =>
  rawRequest(daemon.socketPath, { path: `${path}?uri=${encodeURIComponent(uri)}`, headers });

/** Every question about one entry. */
const QUESTIONS = [
  'fs/ls',
  'fs/tree',
  'fs/stat',
  'content/read',
  'content/abstract',
  'content/overview',
  'content/download',
].map((path) => `/api/v1/${path}`);

describe.each([
  ['another user', 'viking://user/bob/memories', {}],
  ['another peer', 'viking://user/tester/peers/mallory/memories', PEER],
])('%s', (_who, tree, headers) => {
  it.each([...QUESTIONS, '/api/v1/relations'])('is PERMISSION_DENIED at %s, there or not', async (path) => {
    const answers: RawResponse[] = [];
    for (const name of ['note.md', 'missing.md']) answers.push(await get(path, `${tree}/${name}`, headers));
    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(answer.json.error?.code).toBe('PERMISSION_DENIED');
    }
    const [there, missing] = answers.map((answer) => answer.json.error?.message.replace(/note|missing/, 'X'));
    expect(there).toBe(missing);
  });

  it('cannot be changed', async () => {
    const uri = `${tree}/note.md`;
    const send = (path: string, body: object, method = 'POST') =>
      rawRequest(daemon.socketPath, {
        method,
        path: `/api/v1/${path}`,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    for (const answer of [
      await send('content/write', { uri, content: 'x' }),
      await send('fs/mkdir', { uri: `${tree}/d` }),
      await send('fs/mv', { from_uri: uri, to_uri: 'viking://resources/n.md' }),
      await send('fs/mv', { from_uri: 'viking://resources', to_uri: uri }),
      await send('relations/link', { from_uri: 'viking://resources', to_uris: [uri] }),
      await send('relations/link', { from_uri: uri, to_uris: ['viking://resources'] }),
      await send('content/reindex', { uri: tree }),
      await send('search/grep', { uri: tree, pattern: SECRET }),
      await send('search/glob', { uri: tree, pattern: '**' }),
      await send('search/find', { query: SECRET, target_uri: tree }),
      await rawRequest(daemon.socketPath, {
        method: 'DELETE',
        path: `/api/v1/fs?uri=${encodeURIComponent(uri)}&recursive=true`,
        headers,
      }),
    ])
      expect([answer.status, answer.text.includes(SECRET)]).toEqual([403, false]);
  });

  it('does not leak from the trees above', async () => {
    const name = tree.split('/').at(-2)!;
    const texts = [
      await get('/api/v1/fs/tree', 'viking://', headers),
      await get('/api/v1/fs/ls', 'viking://user', headers),
      await get('/api/v1/fs/ls', 'viking://user/tester/peers', headers),
      await get('/api/v1/content/overview', 'viking://user/tester/peers', headers),
      await get('/api/v1/content/overview', 'viking://', headers),
      await rawRequest(daemon.socketPath, { path: '/api/v1/system/events', headers }),
      await rawRequest(daemon.socketPath, { path: '/api/v1/system/errors', headers }),
    ];
    for (const [path, body] of [
      ['search/find', { query: SECRET, limit: 50 }],
      ['search/grep', { uri: 'viking://', pattern: SECRET }],
      ['search/glob', { uri: 'viking://', pattern: '**/*.md' }],
    ] as const)
      texts.push(
        await rawRequest(daemon.socketPath, {
          method: 'POST',
          path: `/api/v1/${path}`,
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
      );
    for (const answer of texts) expect(answer.text).not.toContain(`${name}/`);
  });
});

describe('the frame', () => {
  it.each([
    'viking://',
    'viking://user',
    'viking://resources',
    'viking://user/tester',
    'viking://~/memories',
    'viking://user/tester/peers',
    'viking://session',
  ])('%s is read, and stays', async (uri) => {
    expect((await get('/api/v1/fs/ls', uri)).status).toBe(200);
    const path = `/api/v1/fs?uri=${encodeURIComponent(uri)}&recursive=true`;
    expect((await rawRequest(daemon.socketPath, { method: 'DELETE', path })).status).toBe(403);
    const written = await postJson(daemon.socketPath, '/api/v1/content/write', { uri, content: 'x' });
    expect(written.status).toBe(403);
  });
});
