/** Fields of requests and answers that clients of the reference use, by what they do. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/index.ts';
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
