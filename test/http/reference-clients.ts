/** What clients of the reference send along or rely on beyond the values themselves, over TCP with a user's key. */
import { describe, expect, it } from 'vitest';
import type { RouteName } from '../../src/api/index.ts';
import type { RouteAsk, RouteWorld } from '../helpers/route-world.ts';
import { FILE, TREE } from './route-cases/route-case.ts';

/** Suites for a world that `fillRouteWorld` filled, once it is there. */
export function describeReferenceClients(worldOf: () => RouteWorld): void {
  const ask = (route: RouteName, asked?: RouteAsk) => worldOf().ask('bob', route, asked);
  const result = <T = Record<string, unknown>>(route: RouteName, asked?: RouteAsk) =>
    worldOf().result<T>('bob', route, asked);

  describe('an error', () => {
    it.each([
      ['remove', { query: { uri: TREE } }, 412, 'FAILED_PRECONDITION', 'NOT_EMPTY'],
      ['read', { query: { uri: TREE } }, 400, 'INVALID_ARGUMENT', 'IS_DIRECTORY'],
      ['ls', { query: { uri: FILE } }, 400, 'INVALID_ARGUMENT', 'NOT_DIRECTORY'],
    ] as const)('of %s %j has a code the client knows', async (route, asked, status, code, exact) => {
      const answer = await ask(route, asked);
      expect(answer.status).toBe(status);
      expect(answer.json.error).toMatchObject({ code, details: { exact_code: exact } });
      const onSocket = await worldOf().ask('owner', route, {
        ...asked,
        headers: { 'x-api-key': worldOf().keys.bob },
      });
      expect(onSocket.json.error).toMatchObject({ code: exact });
      expect(onSocket.json.error?.details).not.toHaveProperty('exact_code');
    });

    it('of a move into no directory names the URI', async () => {
      const { error } = (
        await ask('move', { json: { from_uri: FILE, to_uri: 'viking://resources/none/there/a.md' } })
      ).json;
      expect(error).toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('viking://resources/none/there'),
      });
      expect(error?.message).not.toContain('acme/');
    });
  });

  describe('telemetry', () => {
    it.each([
      [true, true],
      [{ summary: true }, true],
      [{}, true],
      [false, false],
      [null, false],
      [{ summary: false }, false],
    ])('asked for by %j is told: %s', async (telemetry, told) => {
      const answer = await ask('find', {
        json: { query: 'alpaca', telemetry },
        headers: { 'x-request-id': 'me-1' },
      });
      const sent = answer.json as { telemetry?: unknown };
      if (!told) expect(sent).not.toHaveProperty('telemetry');
      else
        expect(sent.telemetry).toEqual({
          id: 'me-1',
          summary: { operation: 'find', status: 'ok', duration_ms: expect.any(Number) },
        });
    });
  });

  describe('a message', () => {
    it('may carry what a server said of an output, and fields that group tools', async () => {
      const params = { id: 'handed-on' };
      const tool = {
        ...{ type: 'tool', tool_id: 't1', tool_name: 'ls', tool_output: 'a.md', tool_status: 'completed' },
        ...{ tool_output_ref: '', tool_output_truncated: false, tool_output_original_chars: null },
        ...{ tool_output_preview_chars: 4, tool_output_sha256: '', tool_output_storage_uri: '' },
        ...{ tool_output_mime_type: 'text/plain', group_id: 'g1', tool_group_index: 0 },
      };
      await result('sessionMessage', { params, json: { role: 'assistant', parts: [tool] } });
      const { messages } = await result<{ messages: { parts: object[] }[] }>('sessionContext', { params });
      expect(messages[0]!.parts[0]).toEqual({
        ...{ type: 'tool', tool_id: 't1', tool_name: 'ls', tool_output: 'a.md', tool_status: 'completed' },
        ...{
          tool_output_truncated: false,
          tool_output_preview_chars: 4,
          tool_output_mime_type: 'text/plain',
        },
      });
      const strange = { role: 'assistant', parts: [{ ...tool, surprise: 1 }] };
      expect((await ask('sessionMessage', { params, json: strange })).status).toBe(400);
    });

    it('names a peer with spaces around it, or none', async () => {
      const params = { id: 'peers' };
      for (const peer_id of ['', '  ', ' web '])
        await result('sessionMessage', { params, json: { role: 'user', content: 'hello', peer_id } });
      const { messages } = await result<{ messages: { peer_id?: string }[] }>('sessionContext', { params });
      expect(messages.map(({ peer_id }) => peer_id)).toEqual([undefined, undefined, 'web']);
    });
  });

  describe('a session', () => {
    it('may name every memory type of the reference', async () => {
      const memory_policy = { memory_types: ['profile', 'identity', 'soul', 'experiences'] };
      expect(await result('sessionCreate', { json: { session_id: 'types', memory_policy } })).toMatchObject({
        memory_policy: { memory_types: ['profile'] },
      });
      const unknown = { memory_types: ['dreams'] };
      expect((await ask('sessionCreate', { json: { memory_policy: unknown } })).status).toBe(400);
    });

    it('is named by the task of its commit', async () => {
      const params = { id: 'by-task' };
      await result('sessionMessage', { params, json: { role: 'user', content: 'I prefer walnut desks.' } });
      const { task_id, archive_uri } = await result('sessionCommit', { params, json: { wait: 30 } });
      expect(await result('taskGet', { params: { id: String(task_id) } })).toMatchObject({
        status: 'completed',
        result: { session_id: 'by-task', archive_uri, memories_extracted: { preferences: 1 } },
      });
    });
  });

  describe('a search', () => {
    it('takes an empty image and an empty session for none', async () => {
      expect(await result('find', { json: { query: 'alpaca', image_url: '' } })).toMatchObject({
        skills: [],
      });
      expect(await result('search', { json: { query: 'alpaca', session_id: '' } })).toHaveProperty('total');
    });

    it('for a block of context may say how many entries', async () => {
      const block = (limit: object) =>
        result<{ entries: object[] }>('search', { json: { query: 'alpaca', mode: 'context', ...limit } });
      expect((await block({ limit: 1 })).entries).toHaveLength(1);
      expect((await block({ limit: 10, node_limit: 1 })).entries).toHaveLength(1);
    });

    it('for tags does not look at case', async () => {
      await result('setTags', { json: { uri: FILE, tags: ['Team=Core'] } });
      const { resources } = await result<{ resources: { uri: string }[] }>('find', {
        json: { query: 'alpaca', tags: ['team=core'] },
      });
      expect(resources.map(({ uri }) => uri)).toEqual([FILE]);
    });
  });

  describe('an upload', () => {
    it('outlives the request that was refused, and is used once', async () => {
      const body = {
        type: 'multipart/form-data; boundary=B',
        bytes:
          '--B\r\ncontent-disposition: form-data; name="file"; filename="kept.md"\r\n\r\n# kept\r\n--B--\r\n',
      };
      const { temp_file_id } = await result('tempUpload', { body });
      const refused = { temp_file_id, to: 'viking://user/memories/x' };
      expect((await ask('addResource', { json: refused })).json.error?.code).toBe('INVALID_URI');
      const json = { temp_file_id, directly_upload_media: false, preserve_structure: false };
      expect(await result('addResource', { json })).toMatchObject({
        root_uri: 'viking://resources/kept',
        warnings: [expect.stringMatching(/^directly_upload_media, preserve_structure: no effect/)],
      });
      expect((await ask('addResource', { json })).json.error?.code).toBe('PERMISSION_DENIED');
    });
  });
}
