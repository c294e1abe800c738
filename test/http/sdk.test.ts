/**
 * What clients of the reference API send, over TCP with a key: their headers, `null` and absent keys, uploads, and a
 * session from its first message to its context. No client of ours is between.
 */

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { eventually } from '../helpers/eventually.ts';
import { tcpPortOf } from '../helpers/tcp-http.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

interface Envelope {
  readonly status: string;
  readonly result: never;
  readonly error: { readonly code: string; readonly message: string; readonly details?: object } | null;
  readonly time: number;
}

const ROOT = 'root-key-of-the-test';
let daemon: TestDaemon;
let settings: TempDir;
let base: string;
let key: string;

beforeAll(async () => {
  settings = await tempDir();
  const config = join(settings.path, 'config.jsonc');
  await writeFile(config, '{"sources":{"private_addresses":true}}');
  daemon = await startTestDaemon({
    env: { VIKINGFS_HTTP: '127.0.0.1:0', VIKINGFS_ROOT_KEY: ROOT, VIKINGFS_CONFIG: config },
  });
  base = `http://127.0.0.1:${await tcpPortOf(daemon)}`;
  const made = await send('POST', '/api/v1/admin/accounts', {
    json: { account_id: 'acme', admin_user_id: 'ann', seed: null },
    headers: { 'X-API-Key': ROOT },
  });
  key = (made.body.result as { user_key: string }).user_key;
}, 60_000);
afterAll(async () => {
  await daemon?.close();
  await settings?.remove();
});

interface Sent {
  readonly json?: unknown;
  readonly form?: FormData;
  readonly headers?: Record<string, string>;
}

async function send(method: string, path: string, { json, form, headers }: Sent = {}) {
  const response = await fetch(base + path, {
    method,
    headers: {
      accept: 'application/json',
      'user-agent': 'openviking-sdk',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(headers ?? { 'X-API-Key': key }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(form === undefined ? {} : { body: form }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Envelope };
}

async function result(method: string, path: string, sent: Sent = {}): Promise<Record<string, unknown>> {
  const answer = await send(method, path, sent);
  expect(answer.body, `${method} ${path}`).toMatchObject({ status: 'ok' });
  expect(answer.body.error ?? null).toBeNull();
  expect(answer.status).toBeLessThan(300);
  return answer.body.result as Record<string, unknown>;
}

describe('a caller', () => {
  it.each([
    ['X-API-Key', (secret: string) => secret],
    ['Authorization', (secret: string) => `Bearer ${secret}`],
  ])('is known by %s', async (name, value) => {
    const headers = { [name]: value(key) };
    expect(await result('GET', '/api/v1/system/status', { headers })).toMatchObject({
      initialized: true,
      user: 'ann',
    });
  });

  it('may send an identity of its own along, an empty peer aside', async () => {
    const headers = {
      'X-API-Key': key,
      'X-OpenViking-Account': 'acme',
      'X-OpenViking-User': 'ann',
      'X-OpenViking-Actor-Peer': 'web-visitor.alice',
      'X-Request-ID': 'sdk-1.2:3',
    };
    const answer = await send('GET', '/api/v1/fs/ls?uri=viking%3A%2F%2Fresources', { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-request-id')).toBe('sdk-1.2:3');
    expect(Number(answer.headers.get('x-process-time'))).toBeGreaterThanOrEqual(0);
    for (const peer of ['a/b', '..', 'a b'])
      expect(
        (
          await send('GET', '/api/v1/fs/ls?uri=viking://', {
            headers: { ...headers, 'X-OpenViking-Actor-Peer': peer },
          })
        ).status,
        peer,
      ).toBe(400);
  });

  it('finds code, message and details in an error', async () => {
    const answer = await send('GET', '/api/v1/fs/stat?uri=viking://resources/none');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({
      status: 'error',
      error: { code: 'NOT_FOUND', message: expect.stringContaining('none'), details: expect.any(Object) },
    });
    const invalid = await send('POST', '/api/v1/search/find', { json: { query: 'a', surprise: 1 } });
    expect(invalid.status).toBe(400);
    expect(invalid.body.error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { validation_errors: expect.any(Array) },
    });
  });
});

describe('an upload', () => {
  it.each(['resources', 'skills'])(
    'that cannot be unpacked into %s is told by its name alone',
    async (kind) => {
      const form = new FormData();
      form.append('file', new Blob(['PK\u0003\u0004 and no more']), 'my broken.zip');
      const { temp_file_id } = await result('POST', '/api/v1/resources/temp_upload', { form });
      const { body } = await send('POST', `/api/v1/${kind}`, { json: { temp_file_id } });
      expect(body.error).toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^my broken\.zip: not a readable zip archive/),
      });
      expect(JSON.stringify(body)).not.toContain('staging');
    },
  );

  it('is sent, imported under its name, read, found and removed', async () => {
    const form = new FormData();
    form.append(
      'file',
      new Blob(['# Manual\n\nThe gearbox is green.\n'], { type: 'text/markdown' }),
      'manual.md',
    );
    form.append('telemetry', 'false');
    form.append('upload_mode', 'local');
    const { temp_file_id } = await result('POST', '/api/v1/resources/temp_upload', { form });
    const added = await result('POST', '/api/v1/resources', {
      json: {
        temp_file_id,
        path: null,
        to: null,
        parent: null,
        reason: '',
        instruction: '',
        wait: true,
        timeout: null,
        strict: false,
        source_name: 'manual.md',
        ignore_dirs: null,
        include: null,
        exclude: null,
        directly_upload_media: true,
        preserve_structure: null,
        args: { parse_mode: 'auto' },
        watch_interval: 0,
        processing_mode: 'semantic_and_vectors',
        tags: null,
        tag_mode: 'replace',
        telemetry: false,
      },
    });
    expect(added).toMatchObject({
      status: 'success',
      warnings: ['args.parse_mode: no effect on a file or directory'],
      root_uri: expect.stringContaining('viking://resources/'),
    });
    const uri = String(added['root_uri']);
    const found = await result('POST', '/api/v1/search/find', {
      json: {
        query: 'gearbox',
        target_uri: '',
        limit: 5,
        score_threshold: null,
        filter: null,
        context_type: null,
        level: null,
        tags: null,
        since: null,
        until: null,
        time_field: null,
        telemetry: false,
      },
    });
    expect(JSON.stringify(found['resources'])).toContain(uri);
    expect(found).toMatchObject({ memories: [], skills: [], total: expect.any(Number) });
    const query = `uri=${encodeURIComponent(uri)}`;
    const listed = (await result('GET', `/api/v1/fs/ls?${query}&simple=false&output=original`)) as unknown;
    expect(listed).toMatchObject([{ name: 'manual.md', isDir: false, mode: expect.any(Number) }]);
    expect(await result('GET', `/api/v1/content/overview?${query}`)).toContain('manual.md');
    await result('DELETE', `/api/v1/fs?${query}&recursive=true`);
    await result('DELETE', `/api/v1/fs?${query}&recursive=true`);
  });

  it('of somebody else is nobody else’s', async () => {
    const json = { temp_file_id: 'upload_none.md' };
    expect((await send('POST', '/api/v1/resources', { json })).body.error?.code).toBe('PERMISSION_DENIED');
  });
});

describe('a web address', () => {
  it('is fetched, imported under its name, and again by its watch', async () => {
    let edition = 1;
    const site = createServer((_incoming, outgoing) => void outgoing.end(`# Edition ${edition++}\n`));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    try {
      const path = `http://127.0.0.1:${(site.address() as AddressInfo).port}/handbook.md`;
      const to = 'viking://resources/handbook';
      const json = { path, to, watch_interval: 60, temp_file_id: null };
      const added = await result('POST', '/api/v1/resources', { json });
      expect(added).toMatchObject({ status: 'success', root_uri: to, files: 1 });
      const read = `/api/v1/content/read?uri=${encodeURIComponent(`${to}/handbook.md`)}`;
      expect(await result('GET', read)).toBe('# Edition 1\n');
      await result('POST', `/api/v1/watches/${added['watch_task_id']}/trigger`);
      await result('POST', '/api/v1/system/wait', { json: { timeout: 30 } });
      expect(await result('GET', read)).toBe('# Edition 2\n');
    } finally {
      site.close();
    }
  });

  it('is fetched no longer when its client leaves', async () => {
    let left = false;
    const client = new AbortController();
    const site = createServer((_incoming, outgoing) => {
      outgoing.once('close', () => {
        left = true;
      });
      client.abort();
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    try {
      const path = `http://127.0.0.1:${(site.address() as AddressInfo).port}/slow.md`;
      const asked = fetch(`${base}/api/v1/resources`, {
        method: 'POST',
        signal: client.signal,
        headers: { 'content-type': 'application/json', 'X-API-Key': key },
        body: JSON.stringify({ path }),
      });
      await expect(asked).rejects.toThrow('abort');
      await eventually(() => left, { what: 'the fetch ended' });
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });
});

describe('a session', () => {
  it.each(['plain', 'with.dots-1', 'a_b@c', 'ünï-日本 1'])(
    '%s goes from its first message to its context',
    async (id) => {
      const at = `/api/v1/sessions/${encodeURIComponent(id)}`;
      const made = await result('POST', '/api/v1/sessions', {
        json: {
          session_id: id,
          memory_policy: null,
          auto_commit_policy: null,
          memory_extraction_config: null,
        },
      });
      expect(made).toMatchObject({ session_id: id, user: { account_id: 'acme', user_id: 'ann' } });
      expect((await send('POST', '/api/v1/sessions', { json: { session_id: id } })).status).toBe(409);
      const said = await result('POST', `${at}/messages`, {
        json: {
          role: 'user',
          content: 'I prefer tabs.',
          parts: null,
          peer_id: null,
          created_at: null,
          telemetry: null,
        },
      });
      expect(said).toMatchObject({ session_id: id, message_count: 1, pending_tokens: expect.any(Number) });
      const more = await result('POST', `${at}/messages/batch`, {
        json: { messages: [{ role: 'assistant', parts: [{ type: 'text', text: 'Noted.' }] }] },
      });
      expect(more).toMatchObject({ added: 1, message_count: 2 });
      await result('POST', `${at}/used`, { json: { contexts: ['viking://resources'], skill: null } });
      const listed = (await result('GET', '/api/v1/sessions')) as unknown as { session_id: string }[];
      expect(listed.map((one) => one.session_id)).toContain(id);
      const committed = await result('POST', `${at}/commit`, {
        json: { keep_recent_count: 0, telemetry: false },
      });
      expect(committed).toMatchObject({
        status: expect.stringMatching(/^(accepted|committed)$/),
        archived: 2,
        task_id: expect.any(String),
      });
      await result('POST', '/api/v1/system/wait', { json: { timeout: 30 } });
      const task = await result('GET', `/api/v1/tasks/${committed['task_id']}`);
      expect(task).toMatchObject({ task_type: 'session_commit', status: 'completed' });
      expect(await result('GET', `${at}/context?token_budget=128000`)).toBeTypeOf('object');
      await result('DELETE', at);
      expect((await send('GET', at)).status).toBe(404);
    },
  );
});

describe('addresses', () => {
  it.each([
    '/api/v1/fs/ls/?uri=viking://',
    '//api/v1/fs/ls?uri=viking://',
    '/api/v1/fs/ls?uri=viking:///resources//',
  ])('%s is understood', async (path) => expect((await send('GET', path)).status).toBe(200));

  it.each([
    ['node_limit=0', 400],
    ['node_limit=1', 200],
    ['limit=1', 200],
    ['abs_limit=0', 200],
    ['sort_by=size', 400],
  ])('ls with %s is %d', async (query, status) => {
    expect((await send('GET', `/api/v1/fs/ls?uri=viking://&${query}`)).status).toBe(status);
  });
});
