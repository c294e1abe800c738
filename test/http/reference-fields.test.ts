/** Fields of requests and answers that clients of the reference use, by what they do. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEADERS } from '../../src/api/headers.ts';
import type { Client, SessionSettings } from '../../src/client/index.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { type RawResponse, rawRequest } from '../helpers/raw-http.ts';

let daemon: TestDaemon;
let client: Client;

beforeAll(async () => {
  daemon = await startTestDaemon();
  client = daemon.client;
}, 60_000);
afterAll(() => daemon?.close());

function post(path: string, json: object, headers: Record<string, string> = {}): Promise<RawResponse> {
  return rawRequest(daemon.socketPath, {
    method: 'POST',
    path: `/api/v1/${path}`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
  });
}

describe('a commit', () => {
  it('answers the id of its request and what stays live', async () => {
    const spoken = ['I prefer tabs over spaces.', 'And a width of two.'];
    await client.addMessages(
      'kept',
      spoken.map((content) => ({ role: 'user', content })),
    );
    const answer = await post(
      'sessions/kept/commit',
      { keep_recent_count: 1 },
      { 'x-request-id': 'asked-42' },
    );
    expect(answer.json.result).toMatchObject({
      trace_id: 'asked-42',
      archived: 1,
      estimated_active_tokens: Math.ceil(spoken[1]!.length / 4),
      budget_exceeded: false,
    });
    const again = await post('sessions/kept/commit', { keep_recent_count: 1 });
    expect(again.json.result).toMatchObject({
      status: 'skipped',
      trace_id: again.headers['x-request-id'],
      estimated_active_tokens: Math.ceil(spoken[1]!.length / 4),
    });
  });
});

describe('a commit by turns', () => {
  const long = 'word '.repeat(200).trim();
  const said = (role: string, content: string) => ({ role, content });
  const turn = (about: string) => [said('user', `${about}?`), said('assistant', `${about}.`)];
  const live = async (id: string) =>
    (await client.sessionContext(id)).messages.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
    );

  it('keeps the newest turns whole, and the rest is archived once', async () => {
    await client.addMessages('turns', ['one', 'two', 'three'].flatMap(turn));
    const answer = await client.commit('turns', {
      retention_mode: 'turn_budget',
      keep_recent_turn_count: 2,
      wait: 30,
    });
    expect(answer).toMatchObject({ status: 'committed', archived: 2, budget_exceeded: false });
    expect(await live('turns')).toEqual(['two?', 'two.', 'three?', 'three.']);
    expect((await client.sessionArchive('turns', 'archive_001')).messages).toHaveLength(2);
    const again = await client.commit('turns', { retention_mode: 'turn_budget' });
    expect(again).toMatchObject({ status: 'skipped', reason: 'all_within_keep_window' });
  });

  it('says when the steps that must stay are over the budget', async () => {
    await client.addMessages('over', [...turn('one'), said('user', 'two?'), said('assistant', long)]);
    const answer = await client.commit('over', {
      retention_mode: 'turn_budget',
      retained_message_token_budget: 10,
      wait: 30,
    });
    const estimated_active_tokens = Math.ceil(long.length / 4);
    expect(answer).toMatchObject({ archived: 3, budget_exceeded: true, estimated_active_tokens });
    expect(await live('over')).toEqual([long]);
  });
});

describe('tags of events', () => {
  it('come from the session and from the commit, and are found', async () => {
    const config = { events: { tags: ['team=core'] } };
    const made = await client.createSession({ session_id: 'tagged', memory_extraction_config: config });
    expect(made.memory_extraction_config).toEqual(config);
    await client.addMessage('tagged', { role: 'user', content: 'We decided to drop Windows support.' });
    const answer = await client.commit('tagged', {
      extraction_metadata: { event: { tags: ['sprint=7'] } },
      wait: 30,
    });
    expect(answer).toMatchObject({ status: 'committed', memories_extracted: 1 });
    const found = await client.find({ query: 'Windows support', tags: ['team=core', 'sprint=7'] });
    expect(found.memories).toMatchObject([{ tags: ['team=core', 'sprint=7'] }]);
  });

  it('are settings of the session, which the client changes one by one', async () => {
    const [first, then] = ['first', 'then'].map((team) => ({ events: { tags: [`team=${team}`] } }));
    await client.createSession({ session_id: 'changing', memory_extraction_config: first });
    const change = (settings: SessionSettings) => client.configureSession('changing', settings);
    expect(await change({ auto_commit_policy: { keep_recent_count: 3 } })).toMatchObject({
      auto_commit_policy: { keep_recent_count: 3 },
      memory_extraction_config: first,
    });
    expect(await change({ memory_extraction_config: then })).toMatchObject({
      auto_commit_policy: { keep_recent_count: 3 },
      memory_extraction_config: then,
    });
    await client.addMessage('changing', { role: 'user', content: 'We decided to adopt Kubernetes.' });
    expect(await client.commit('changing', { wait: 30 })).toMatchObject({ memories_extracted: 1 });
    const { memories } = await client.find({ query: 'Kubernetes', tags: ['team=then'] });
    expect(memories).toMatchObject([{ tags: ['team=then'] }]);
    await change({ memory_extraction_config: null });
    expect(await client.session('changing')).toMatchObject({
      auto_commit_policy: { keep_recent_count: 3 },
      memory_extraction_config: null,
    });
    const unusable = { events: { tags: ['no value'] } };
    await expect(change({ memory_extraction_config: unusable })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('who waits', () => {
  it('is told of the queues by a write, as by wait; who does not is told null', async () => {
    const uri = 'viking://resources/queues/a.md';
    const { result } = (await post('content/write', { uri, content: 'waited for', wait: true })).json;
    const waited = (await post('system/wait', {})).json.result as Record<string, object>;
    const told = (result as { queue_status: Record<string, object> }).queue_status;
    expect(Object.keys(told)).toEqual(Object.keys(waited));
    expect(told).toMatchObject({
      Embedding: { processed: expect.any(Number), requeue_count: 0, error_count: 0, errors: [] },
      Semantic: { requeue_count: 0, error_count: 0, errors: [] },
    });
    const { json } = await post('content/write', { uri, content: 'not waited for' });
    expect(json.result).toMatchObject({ vector_status: 'queued', queue_status: null });
  });

  it('is told of the queues by an import', async () => {
    const path = join(daemon.home, '..', 'source');
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'a.md'), '# a\n');
    const waited = await post('resources', { path, to: 'viking://resources/told', wait: true });
    expect(waited.json.result).toMatchObject({ queue_status: { Embedding: { errors: [] } } });
    const not = await post('resources', { path, to: 'viking://resources/untold' });
    expect(not.json.result).not.toHaveProperty('queue_status');
  });
});

describe('a block of context', () => {
  interface Block {
    readonly entries: readonly { readonly uri: string; readonly category: string; readonly detail: string }[];
  }
  const ask = async (more: object, headers: Record<string, string> = {}): Promise<Block> => {
    const json = { query: 'lighthouse keeper', mode: 'context', max_tokens: 4_000, ...more };
    const { entries } = (await post('search/search', json, headers)).json.result as Block;
    // Directories are in a block where files leave room.
    return { entries: entries.filter(({ uri }) => !uri.endsWith('/.abstract.md')) };
  };
  const urisOf = ({ entries }: Block): string[] => entries.map(({ uri }) => uri).sort();
  const story = (about: string): string =>
    `# Lighthouse ${about}\n\nThe lighthouse keeper of ${about} lights the lamp.\n\n${'The sea was calm there. '.repeat(40)}\n`;
  const filesOf = (user: string) => ({
    resource: 'viking://resources/light/north.md',
    event: `viking://user/${user}/memories/events/storm.md`,
    ada: `viking://user/${user}/peers/ada/memories/preferences/lamp.md`,
    bob: `viking://user/${user}/peers/bob/memories/preferences/glass.md`,
  });
  let files: ReturnType<typeof filesOf>;

  beforeAll(async () => {
    files = filesOf((await client.status()).user);
    for (const [about, uri] of Object.entries(files))
      await client.write(uri, story(about), { create_parent: true });
    await client.wait();
  }, 60_000);

  it('looks into every peer, or only the one who acts', async () => {
    expect(urisOf(await ask({ peer_scope: 'all' }))).toEqual(Object.values(files).sort());
    expect(urisOf(await ask({ peer_scope: 'actor' }))).toEqual([files.resource, files.event].sort());
    const asAda = await ask({ peer_scope: 'actor' }, { [HEADERS.actorPeer]: 'ada' });
    expect(urisOf(asAda)).toEqual([files.resource, files.event, files.ada].sort());
  });

  it('gives each category the detail it is asked for', async () => {
    const { entries } = await ask({
      quotas: { preferences: 2 },
      detail: { events: 'abstract', resources: 'full', preferences: 'auto' },
    });
    const details = Object.fromEntries(entries.map(({ category, detail }) => [category, detail]));
    expect(details).toEqual({ events: 'abstract', resources: 'full', preferences: 'full' });
  });

  it('says its entries in a few points, with where each is from', async () => {
    const json = { query: 'lighthouse keeper lamp', mode: 'context', rewrite: true, rewrite_max_bullets: 2 };
    const { digest, digest_writer } = (await post('search/search', json)).json.result as {
      digest: string;
      digest_writer: string;
    };
    expect(digest_writer).toBe('rules');
    expect(digest.split('\n')).toHaveLength(2);
    expect(digest).toMatch(/^- .*lighthouse keeper.* \(viking:\/\/\S+\)$/m);
    expect((await post('search/search', { ...json, rewrite: false })).json.result).toMatchObject({
      digest: '',
      digest_writer: 'none',
    });
  });

  it('puts what is another peer’s behind the rest, as far as it is asked to', async () => {
    const order = async (other_peer_penalty: number) =>
      (await ask({ other_peer_penalty })).entries.map(({ uri }) => uri.includes('/peers/'));
    expect(await order(1)).toEqual([false, false, true, true]);
    expect([...(await order(0))].sort()).toEqual([false, false, true, true]);
  });

  it('leaves out what the last turns of the session had, also after a crash of its log', async () => {
    await client.createSession({ session_id: 'dedup' });
    const all = Object.values(files).sort();
    const turn = async (dedup_turns: number, more: object = {}) =>
      urisOf(await ask({ session_id: 'dedup', query_expansion: 'off', dedup_turns, ...more }));
    expect(await turn(1, { peer_scope: 'actor' })).toEqual([files.resource, files.event].sort());
    expect(await turn(1)).toEqual([files.ada, files.bob].sort());
    expect(await turn(2)).toEqual([]);
    expect(await turn(1)).toEqual(all);
    expect(await turn(0)).toEqual(all);
    await client.createSession({ session_id: 'other' });
    expect(urisOf(await ask({ session_id: 'other', dedup_turns: 100, query_expansion: 'off' }))).toEqual(all);
    const log = join(
      daemon.home,
      'content/default',
      (await client.session('dedup')).uri.slice('viking://'.length),
      '.recall_log.json',
    );
    // The last turn is noted after its answer: an answer of the session waits for it, as `uri` above did.
    expect(JSON.parse(await readFile(log, 'utf8'))).toMatchObject({ turns: { length: 5 } });
    await writeFile(log, '{"turns": [["vik');
    expect(await turn(100)).toEqual(all);
    expect(await turn(100)).toEqual([]);
  });

  it('outlives a session that goes while it is asked', async () => {
    await client.createSession({ session_id: 'going' });
    const asked = ask({ session_id: 'going', dedup_turns: 3, query_expansion: 'off' });
    await Promise.all([asked, client.deleteSession('going')]).catch(() => undefined);
    await expect(client.session('going')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
