import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/api/index.ts';
import { type Client, createClient } from '../../src/client/index.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { postJson, rawRequest } from '../helpers/raw-http.ts';

let daemon: TestDaemon;
let client: Client;
const docs = 'viking://resources/docs';
const GUIDE = '# Guide\n\nThe turbine needs oil every month.\n';

beforeAll(async () => {
  daemon = await startTestDaemon();
  client = daemon.client;
  await client.write(`${docs}/guide.md`, GUIDE);
  await client.write(`${docs}/notes/log.txt`, 'one\ntwo\nthree\n');
  await client.write(`${docs}/.hidden`, 'h');
});
afterAll(() => daemon.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  rawRequest(daemon.socketPath, { path, headers });
const post = (path: string, body: unknown) => postJson(daemon.socketPath, path, body);

describe('system', () => {
  it('is ready, and says who asks', async () => {
    expect(await client.ready()).toMatchObject({
      status: 'ready',
      checks: { agfs: 'ok', embedding: 'embedded' },
    });
    expect(await client.health()).toMatchObject({ healthy: true, user_id: 'tester', account_id: 'default' });
    expect(await client.status()).toMatchObject({
      initialized: true,
      user: 'tester',
      pid: daemon.pid,
      home: daemon.home,
      mounts: [],
    });
  });

  it('says what models there are, probed or not', async () => {
    const none = { endpoints: [], usage: [], vectors: { serving: null, gathering: null } };
    expect(await client.models()).toMatchObject(none);
    expect(await client.models(true)).toMatchObject({ ...none, budget: { limit_tokens: null } });
    expect((await get('/api/v1/system/models?probe=perhaps')).status).toBe(400);
  });

  it('waits until all is done, and not for ever', async () => {
    await client.write(`${docs}/wait.md`, 'waited for');
    expect(Object.keys(await client.wait(20)).length).toBeGreaterThan(0);
    expect((await post('/api/v1/system/wait', { timeout: -1 })).status).toBe(400);
    expect((await post('/api/v1/system/wait', { timeout: null })).status).toBe(200);
  });

  it('lists errors and events', async () => {
    expect(Array.isArray(await client.errors())).toBe(true);
    expect(Array.isArray(await client.events())).toBe(true);
  });

  it('refuses to mount where it must not', async () => {
    for (const mountpoint of [daemon.home, join(daemon.home, 'content'), join(daemon.home, 'content', 'x')]) {
      await expect(client.mount({ mountpoint })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    writeFileSync(join(daemon.dir, 'file'), '');
    await expect(client.mount({ mountpoint: join(daemon.dir, 'file') })).rejects.toMatchObject({
      code: 'NOT_DIRECTORY',
    });
    await expect(client.mount({ mountpoint: '/tmp/x', actor_peer: 'a/b' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(client.mount({ mountpoint: '/tmp/x', driver: 'ntfs' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(client.unmount(join(daemon.dir, 'nothing'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await client.mounts()).toEqual([]);
  });
});

describe('fs', () => {
  it('lists in the shape for agents: directories first, no dot-files, a placeholder where no abstract is built', async () => {
    const entries = await client.list(docs);
    expect(entries.map((entry) => entry.uri)).toEqual([
      `${docs}/notes`,
      `${docs}/guide.md`,
      `${docs}/wait.md`,
    ]);
    const [directory, file] = entries;
    expect(Object.keys(directory!).sort()).toEqual(['abstract', 'isDir', 'modTime', 'size', 'uri']);
    expect(directory).toMatchObject({ isDir: true, size: 0 });
    expect(directory!.abstract).not.toBe('');
    expect(file).toMatchObject({ isDir: false, size: GUIDE.length });
    expect(Date.parse(file!.modTime)).toBeGreaterThan(Date.now() - 3_600_000);
  });

  it('lists in the other shapes', async () => {
    expect(await client.listUris(docs, { show_all_hidden: true })).toContain(`${docs}/.hidden`);
    expect(await client.listUris(docs, { recursive: true })).toContain(`${docs}/notes/log.txt`);
    const original = (await get(`/api/v1/fs/ls?uri=${docs}&output=original`)).json.result as Record<
      string,
      unknown
    >[];
    expect(Object.keys(original[0]!).sort()).toEqual([
      'isDir',
      'meta',
      'modTime',
      'mode',
      'name',
      'size',
      'uri',
    ]);
    expect(Number(original[1]!['mode']) & 0o600).toBe(0o600);
  });

  it('honours the limits; limit wins over node_limit', async () => {
    expect(await client.list(docs, { node_limit: 1 })).toHaveLength(1);
    const answer = await get(`/api/v1/fs/ls?uri=${docs}&node_limit=3&limit=2`);
    expect(answer.json.result).toHaveLength(2);
    for (const bad of [
      'node_limit=0',
      'node_limit=-1',
      'node_limit=1000000000',
      'abs_limit=-1',
      'sort_by=size',
    ]) {
      expect((await get(`/api/v1/fs/ls?uri=${docs}&${bad}`)).status, bad).toBe(400);
    }
  });

  it('shows a tree with relative paths, down to a level', async () => {
    const deep = await client.tree(docs, { level_limit: 2 });
    expect(deep.map((entry) => entry.rel_path)).toContain('notes/log.txt');
    const flat = await client.tree(docs, { level_limit: 1 });
    expect(flat.map((entry) => entry.rel_path)).not.toContain('notes/log.txt');
  });

  it('says 404 for what is not there', async () => {
    for (const route of [
      'fs/ls',
      'fs/tree',
      'fs/stat',
      'content/read',
      'content/abstract',
      'content/overview',
      'content/download',
    ]) {
      const answer = await get(`/api/v1/${route}?uri=viking://resources/none`);
      expect(answer.status, route).toBe(404);
      expect(answer.json.error?.code).toBe('NOT_FOUND');
      expect(answer.json.error?.message).toContain('resources/none');
    }
  });

  it.each([
    ['viking://nowhere/a', 400, 'INVALID_URI'],
    ['viking://temp/a', 400, 'INVALID_URI'],
    ['viking://agent/a', 400, 'INVALID_URI'],
    ['/etc/passwd', 400, 'INVALID_URI'],
    ['viking://resources/../../etc', 403, 'PERMISSION_DENIED'],
    ['viking://resources/a\\..\\b', 403, 'PERMISSION_DENIED'],
    ['viking://resources/a%00b', 404, 'NOT_FOUND'],
    ['viking://resources/{calendar:never}', 400, 'INVALID_ARGUMENT'],
    [`viking://resources/${'n'.repeat(300)}`, 400, 'NAME_TOO_LONG'],
    ['viking://user/somebody', 403, 'PERMISSION_DENIED'],
  ])('refuses %s', async (uri, status, code) => {
    const answer = await get(`/api/v1/fs/stat?${new URLSearchParams({ uri })}`);
    expect(answer.json.error).toMatchObject({ code });
    expect(answer.status).toBe(status);
  });

  it('refuses a NUL in a name', async () => {
    const answer = await get('/api/v1/fs/stat?uri=viking://resources/a%00b');
    expect(answer.json.error?.code).toBe('INVALID_URI');
  });

  it('stats', async () => {
    expect(await client.stat(`${docs}/guide.md`)).toMatchObject({
      uri: `${docs}/guide.md`,
      name: 'guide.md',
      size: GUIDE.length,
      isDir: false,
      isLocked: false,
      context_type: 'resource',
    });
    expect(await client.stat(`${docs}/`)).toMatchObject({ isDir: true, count: 4 });
  });

  it('makes directories: parents too, twice is fine, a description is the abstract', async () => {
    const uri = 'viking://resources/made/by/hand';
    expect(await client.mkdir(uri, 'Made by hand for the tests')).toEqual({ uri });
    expect(await client.mkdir(uri)).toEqual({ uri });
    expect(await client.abstract(uri)).toBe('Made by hand for the tests');
    await expect(client.mkdir(`${docs}/guide.md`)).rejects.toMatchObject({ status: expect.any(Number) });
  });

  it('removes: a missing target is fine, a full directory needs recursive', async () => {
    await client.write('viking://resources/gone/a/b.md', 'x');
    const full = await rawRequest(daemon.socketPath, {
      method: 'DELETE',
      path: '/api/v1/fs?uri=viking://resources/gone',
    });
    expect(full.status).toBe(412);
    expect(full.json.error?.code).toBe('NOT_EMPTY');
    const removed = await client.remove('viking://resources/gone', {
      recursive: true,
      wait: true,
      timeout: 20,
    });
    expect(removed).toMatchObject({ uri: 'viking://resources/gone', semantic_status: 'complete' });
    expect(removed.estimated_deleted_count).toBeGreaterThan(0);
    expect(await client.remove('viking://resources/gone')).toMatchObject({ estimated_deleted_count: 0 });
    await expect(client.remove('viking://resources', { recursive: true })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it('moves', async () => {
    await client.write('viking://resources/from.md', 'x');
    expect(await client.move('viking://resources/from.md', 'viking://resources/to.md')).toEqual({
      from: 'viking://resources/from.md',
      to: 'viking://resources/to.md',
    });
    expect(await client.read('viking://resources/to.md')).toBe('x');
    await expect(client.move('viking://resources/from.md', 'viking://resources/x.md')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(client.move('viking://resources/to.md', docs)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('content', () => {
  it('reads lines', async () => {
    const uri = `${docs}/notes/log.txt`;
    expect(await client.read(uri)).toBe('one\ntwo\nthree\n');
    expect((await client.read(uri, { offset: 1, limit: 1 })).trim()).toBe('two');
    expect((await client.read(uri, { offset: 99 })).trim()).toBe('');
    expect((await get(`/api/v1/content/read?uri=${uri}&offset=-1`)).status).toBe(400);
  });

  it('says what a directory is when it is read as a file', async () => {
    const answer = await get(`/api/v1/content/read?uri=${docs}`);
    expect(answer.status).toBe(400);
    expect(answer.json.error?.code).toBe('IS_DIRECTORY');
  });

  it('writes, creates and appends, and says 409 and 404', async () => {
    const uri = 'viking://resources/w/a.md';
    expect(await client.write(uri, 'a', { mode: 'create' })).toMatchObject({
      uri,
      mode: 'create',
      written_bytes: 1,
    });
    await expect(client.write(uri, 'a', { mode: 'create' })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    await client.write(uri, 'é', { mode: 'append' });
    expect(await client.read(uri)).toBe('aé');
    await expect(client.write('viking://resources/w/none.md', 'a', { mode: 'append' })).rejects.toMatchObject(
      { code: 'NOT_FOUND' },
    );
    await expect(
      client.write('viking://resources/no/parent.md', 'a', { create_parent: false }),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(client.write('viking://resources/w', 'a')).rejects.toMatchObject({ code: 'IS_DIRECTORY' });
  });

  it('is on disk under the same path when it answers', async () => {
    await client.write('viking://resources/w/disk.md', 'durable');
    expect(readFileSync(join(daemon.home, 'content/default/resources/w/disk.md'), 'utf8')).toBe('durable');
  });

  it('carries any bytes: base64 in, download out', async () => {
    const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 256));
    const uri = "viking://resources/w/it's (1) é.bin";
    await client.write(uri, bytes);
    const answer = await get(`/api/v1/content/download?${new URLSearchParams({ uri })}`);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(answer.headers['content-disposition']).toBe(
      "attachment; filename*=UTF-8''it%27s%20%281%29%20%C3%A9.bin",
    );
    expect(answer.headers['content-length']).toBe('1000');
    expect(await client.download(uri)).toEqual(bytes);
    await expect(client.read(uri)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('serves layers of a directory, and of a file', async () => {
    await client.wait(20);
    const overview = await client.overview(docs);
    expect(overview).toContain('guide.md');
    expect(await client.overview(`${docs}/guide.md`)).toContain('turbine');
    const abstract = await client.abstract(docs);
    expect(abstract.length).toBeGreaterThan(0);
    expect(abstract.length).toBeLessThanOrEqual(256);
  });

  it('rebuilds an index', async () => {
    expect(await client.reindex(docs)).toMatchObject({
      uri: docs,
      status: 'complete',
      documents: expect.any(Number),
    });
  });
});

describe('search', () => {
  it('finds by words, and says how fresh the index is', async () => {
    await client.wait(20);
    const answer = await client.find({ query: 'turbine oil' });
    expect(answer.resources[0]).toMatchObject({
      uri: `${docs}/guide.md`,
      context_type: 'resource',
      level: 2,
    });
    expect(answer.total).toBe(answer.resources.length + answer.memories.length + answer.skills.length);
    expect(answer.freshness.state).toBe('fresh');
  });

  it('searches only the target, as a string or a list', async () => {
    expect(
      (await client.find({ query: 'turbine', target_uri: 'viking://resources/w' })).resources.map(
        (hit) => hit.uri,
      ),
    ).not.toContain(`${docs}/guide.md`);
    expect((await client.find({ query: 'turbine', target_uri: [docs] })).resources).toHaveLength(1);
    await expect(client.find({ query: 'turbine', target_uri: 'viking://user/other' })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it('filters by kind and by limit', async () => {
    expect((await client.find({ query: 'turbine', context_type: ['memory'] })).resources).toEqual([]);
    expect((await client.find({ query: 'one', limit: 1 })).total).toBeLessThanOrEqual(1);
    expect(
      (await post('/api/v1/search/find', { query: 'turbine', context_type: 'resource', node_limit: null }))
        .status,
    ).toBe(200);
    expect((await post('/api/v1/search/find', { query: 'a', limit: 0 })).status).toBe(400);
    expect((await post('/api/v1/search/find', { query: 'a', context_type: 'session' })).status).toBe(400);
  });

  it('answers search with the plan of what was asked', async () => {
    const answer = await client.search({ query: 'turbine' });
    expect(answer.resources[0]?.uri).toBe(`${docs}/guide.md`);
    expect(answer.query_plan).toMatchObject({
      planner: 'none',
      queries: [{ query: 'turbine', priority: 1 }],
    });
    await expect(client.search({ query: 'turbine', session_id: 'none-such' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('greps', async () => {
    const found = await client.grep({ uri: docs, pattern: 'tw.' });
    expect(found).toMatchObject({
      count: 1,
      match_count: 1,
      matches: [{ line: 2, uri: `${docs}/notes/log.txt`, content: 'two' }],
    });
    expect((await client.grep({ uri: docs, pattern: 'TWO' })).count).toBe(0);
    expect((await client.grep({ uri: docs, pattern: 'TWO', case_insensitive: true })).count).toBe(1);
    expect((await client.grep({ uri: docs, pattern: 'two', exclude_uri: `${docs}/notes` })).count).toBe(0);
    await expect(client.grep({ uri: docs, pattern: '(' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(client.grep({ uri: 'viking://resources/none', pattern: 'a' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('globs', async () => {
    expect(await client.glob({ pattern: '**/*.txt', uri: docs })).toEqual({
      matches: [`${docs}/notes/log.txt`],
      count: 1,
    });
    expect((await client.glob({ pattern: '**/*.md', uri: docs, node_limit: 1 })).count).toBe(1);
    await expect(client.glob({ pattern: '[', uri: docs })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('sessions', () => {
  it('lives from creation to deletion', async () => {
    const created = await client.createSession({ session_id: 'life' });
    expect(created).toMatchObject({
      session_id: 'life',
      uri: 'viking://user/tester/sessions/life',
      user: { account_id: 'default', user_id: 'tester' },
    });
    await expect(client.createSession({ session_id: 'life' })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    expect((await client.sessions()).map((session) => session.session_id)).toContain('life');
    expect(
      await client.addMessage('life', { role: 'user', content: 'I prefer dark roast coffee.' }),
    ).toMatchObject({ message_count: 1 });
    expect(
      await client.addMessages('life', [
        { role: 'assistant', parts: [{ type: 'text', text: 'Noted.' }] },
        { role: 'user', content: 'Thanks.' },
      ]),
    ).toMatchObject({ added: 2, message_count: 3 });
    expect(await client.used('life', { contexts: [`${docs}/guide.md`] })).toMatchObject({
      session_id: 'life',
      contexts_used: 1,
    });
    const committed = await client.commit('life', { wait: 20, keep_recent_count: 1 });
    expect(committed).toMatchObject({ session_id: 'life', status: 'committed', archived: 2 });
    expect(committed.memories_extracted).toBeGreaterThan(0);
    expect((await client.stat(`${docs}/guide.md`)).active_count).toBe(1);
    expect((await client.sessionContext('life')).messages).toHaveLength(1);
    expect(await client.sessionArchive('life', 'archive_001')).toMatchObject({
      archive_id: 'archive_001',
      messages: [{}, {}],
    });
    expect((await client.task(committed.task_id!)).status).toBe('completed');
    expect((await client.session('life')).commit_count).toBe(1);
    await client.wait(20);
    const memories = (await client.find({ query: 'coffee' })).memories;
    expect(memories[0]?.uri).toContain('viking://user/tester/memories/preferences/');
    expect(await client.deleteSession('life')).toEqual({ session_id: 'life' });
    await expect(client.session('life')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is created by its first message, or by asking', async () => {
    await client.addMessage('implicit', { role: 'user', content: 'hello' });
    expect((await client.session('implicit')).message_count).toBe(1);
    expect((await client.session('asked', true)).session_id).toBe('asked');
  });

  it('takes all messages of a batch or none', async () => {
    await client.createSession({ session_id: 'batch' });
    const bad = [
      { role: 'user', content: 'fine' },
      { role: 'robot', content: 'not fine' },
    ];
    await expect(client.addMessages('batch', bad)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((await client.session('batch')).message_count).toBe(0);
  });

  it.each(['..%2F..%2Fetc', 'a%2Fb', '%00', 'x'.repeat(241)])('refuses the id %s', async (id) => {
    expect((await post(`/api/v1/sessions/${id}/messages`, { role: 'user', content: 'x' })).status).toBe(400);
  });

  it('refuses bad messages, policies, budgets and archives', async () => {
    for (const body of [
      { role: 'user' },
      { content: 'x' },
      { role: 'user', parts: 'x' },
      { role: 'user', content: 'x', extra: 1 },
    ]) {
      expect((await post('/api/v1/sessions/batch/messages', body)).status, JSON.stringify(body)).toBe(400);
    }
    expect(
      (await post('/api/v1/sessions', { session_id: 'p', memory_policy: { nonsense: true } })).status,
    ).toBe(400);
    expect((await get('/api/v1/sessions/batch/context?token_budget=-1')).status).toBe(400);
    await expect(client.sessionArchive('batch', 'archive_999')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.sessionArchive('batch', '../x')).rejects.toMatchObject({
      status: expect.any(Number),
    });
    await expect(client.commit('never-was')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await client.commit('batch')).toMatchObject({ status: 'skipped' });
  });
});

describe('resources', () => {
  it('imports a directory of this machine', async () => {
    const source = join(daemon.dir, 'project');
    mkdirSync(join(source, 'sub'), { recursive: true });
    writeFileSync(join(source, 'readme.md'), '# Zeppelin\n');
    writeFileSync(join(source, 'sub', 'a.txt'), 'a');
    writeFileSync(join(source, '.gitignore'), 'secret\n');
    writeFileSync(join(source, 'secret'), 's');
    const result = await client.addResource({
      path: source,
      wait: true,
      timeout: 30,
      instruction: 'be brief',
    });
    expect(result).toMatchObject({ status: 'success', root_uri: 'viking://resources/project' });
    expect(result.warnings.join()).toContain('instruction: no effect without a chat model');
    expect((await client.find({ query: 'zeppelin' })).resources[0]?.uri).toBe(
      'viking://resources/project/readme.md',
    );
    await expect(client.stat('viking://resources/project/secret')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('says where it cannot put things', async () => {
    const path = join(daemon.dir, 'project');
    await expect(client.addResource({ path, parent: 'viking://resources/no/such' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(client.addResource({ path, to: 'viking://user/memories/x' })).rejects.toMatchObject({
      code: 'INVALID_URI',
    });
    await expect(client.addResource({ path: join(daemon.dir, 'none') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('imports an upload once, under its own name', async () => {
    const path = join(daemon.dir, 'up load "x".md');
    writeFileSync(path, '# Uploaded\n');
    const { temp_file_id } = await client.upload(path);
    const result = await client.addResource({
      temp_file_id,
      to: 'viking://resources/uploaded.md',
      wait: true,
    });
    expect(result.root_uri).toContain('viking://resources/uploaded');
    expect((await client.find({ query: 'uploaded' })).resources.map((hit) => hit.uri).join()).toContain(
      'uploaded',
    );
    await expect(client.addResource({ temp_file_id })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(client.addResource({ temp_file_id: '../../etc/passwd' })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it('takes an upload larger than a JSON body may be', async () => {
    const path = join(daemon.dir, 'large.bin');
    writeFileSync(path, Buffer.alloc(80 * 1024 ** 2, 7));
    const { temp_file_id } = await client.upload(path);
    const result = await client.addResource({ temp_file_id, to: 'viking://resources/large.bin' });
    expect(result.bytes).toBe(80 * 1024 ** 2);
    expect(
      statSync(
        join(
          daemon.home,
          'content/default',
          new URL(result.root_uri).host,
          new URL(result.root_uri).pathname,
        ),
      ).size,
    ).toBeGreaterThan(0);
  });
});

describe('relations', () => {
  it('links and unlinks', async () => {
    const [from, to] = [docs, `${docs}/notes`];
    expect(
      (await post(ROUTES.relationLink.path, { from_uri: from, to_uris: to, reason: 'part of it' })).json
        .result,
    ).toEqual({
      from,
      to: [to],
      reason: 'part of it',
    });
    expect(await client.relations(from)).toEqual([{ uri: to, reason: 'part of it' }]);
    await client.unlink(from, to);
    await client.unlink(from, to);
    expect(await client.relations(from)).toEqual([]);
    expect((await post(ROUTES.relationLink.path, { from_uri: from, to_uris: [] })).status).toBe(400);
  });
});

describe('tasks', () => {
  it('lists and filters', async () => {
    const commits = await client.tasks({ task_type: 'session_commit', status: 'completed', limit: 1 });
    expect(commits).toHaveLength(1);
    expect(await client.tasks({ resource_id: 'nobody' })).toEqual([]);
    await expect(client.task('job_none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await get('/api/v1/tasks?limit=201')).status).toBe(400);
    expect((await get('/api/v1/tasks?status=odd')).status).toBe(400);
  });
});

describe('an actor peer', () => {
  it('hides the other peers and nothing of the user', async () => {
    const peers = 'viking://user/tester/peers';
    await client.write(`${peers}/alice/resources/a.md`, 'the alpaca of alice');
    await client.write(`${peers}/bob/resources/b.md`, 'the badger of bob');
    await client.wait(20);
    const alice = createClient({ socketPath: daemon.socketPath, actorPeer: 'alice' });
    expect(await alice.read(`${peers}/alice/resources/a.md`)).toContain('alpaca');
    await expect(alice.read(`${peers}/bob/resources/b.md`)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await alice.listUris(peers)).toEqual([`${peers}/alice`]);
    expect((await alice.find({ query: 'badger' })).resources.map((hit) => hit.uri)).not.toContain(
      `${peers}/bob/resources/b.md`,
    );
    expect((await client.find({ query: 'badger' })).resources.map((hit) => hit.uri)).toContain(
      `${peers}/bob/resources/b.md`,
    );
    expect(await alice.read(`${docs}/guide.md`)).toContain('turbine');
    expect((await alice.sessions()).length).toBe((await client.sessions()).length);
  });
});

describe('the process', () => {
  it('refuses a second daemon on the same socket, and on the same home', async () => {
    await expect(
      startTestDaemon({ home: daemon.home, env: { VIKINGFS_SOCKET: daemon.socketPath } }),
    ).rejects.toThrow();
    await expect(startTestDaemon({ home: daemon.home })).rejects.toThrow(/another|lock|in use/i);
    expect((await client.health()).healthy).toBe(true);
  });

  it('ends with code 0 after stop, and leaves no socket', async () => {
    const own = await startTestDaemon();
    expect(await own.client.stop()).toEqual({ stopping: true, pid: own.pid });
    expect(await own.ended).toBe(0);
    expect(() => statSync(own.socketPath)).toThrow();
    await own.close();
  });

  it('keeps what it acknowledged when it is killed', async () => {
    const first = await startTestDaemon();
    await first.client.write('viking://resources/kept.md', 'acknowledged');
    await first.client.addMessage('kept', { role: 'user', content: 'acknowledged too' });
    await first.kill();
    const second = await startTestDaemon({ home: first.home });
    expect(await second.client.read('viking://resources/kept.md')).toBe('acknowledged');
    expect((await second.client.session('kept')).message_count).toBe(1);
    await second.close();
    await first.close();
  });
});
