import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RouteWorld } from '../../helpers/route-world.ts';
import type { CasesOf, RouteCase } from './route-case.ts';

type Names =
  | 'sessionCreate'
  | 'sessionList'
  | 'sessionGet'
  | 'sessionDelete'
  | 'sessionMessage'
  | 'sessionMessages'
  | 'sessionUsed'
  | 'sessionCommit'
  | 'sessionContext'
  | 'sessionConfig'
  | 'sessionRetry'
  | 'sessionUndo'
  | 'sessionArchive';

const ROOT_KEY = { as: 'root' } as const;
const NONE = { params: { id: 'none' } };
const SAID = { role: 'user', content: 'I prefer tabs.' };
let made = 0;

/** A new session with one message. */
async function talk({ result }: RouteWorld, caller: 'bob' | 'ann' = 'bob'): Promise<{ readonly id: string }> {
  const id = `talk-${++made}`;
  await result(caller, 'sessionMessage', { params: { id }, json: SAID });
  return { id };
}

const inTalk = { given: async (world: RouteWorld) => ({ params: await talk(world) }) };
/** Another user's session is not there: whose ids exist is nobody's business. */
const anns: RouteCase = { given: async (world) => ({ params: await talk(world, 'ann') }) };

async function committed(world: RouteWorld) {
  const { id } = await talk(world);
  await world.result('bob', 'sessionCommit', { params: { id }, json: { wait: 30 } });
  return { params: { id, archive: 'archive_001' } };
}

export const sessionCases: CasesOf<Names> = {
  sessionCreate: {
    ok: {
      json: {
        session_id: 'new.ünï@1',
        memory_policy: null,
        auto_commit_policy: null,
        memory_extraction_config: null,
      },
      result: {
        session_id: 'new.ünï@1',
        uri: 'viking://user/bob/sessions/new.ünï@1',
        user: { account_id: 'acme', user_id: 'bob' },
        auto_commit_policy: null,
      },
    },
    errors: {
      PERMISSION_DENIED: ROOT_KEY,
      INVALID_ARGUMENT: [
        { json: { session_id: 'a/b' } },
        { json: { session_id: '..' } },
        { json: { session_id: '.hidden' } },
        { json: { session_id: 7 } },
        { json: { memory_policy: { nonsense: true } } },
        { json: { memory_policy: { memory_types: ['dreams'] } } },
        { json: { auto_commit_policy: { nonsense: 1 } } },
        { json: { memory_extraction_config: { events: { tags: ['no value'] } } } },
        { json: { memory_extraction_config: { all: {} } } },
      ],
      ALREADY_EXISTS: { given: async (world) => ({ json: { session_id: (await talk(world)).id } }) },
    },
  },
  sessionList: {
    ok: { ...inTalk, result: expect.arrayContaining([expect.objectContaining({ is_dir: true })]) },
    errors: { PERMISSION_DENIED: ROOT_KEY },
  },
  sessionGet: {
    ok: {
      params: { id: 'made-when-asked' },
      query: { auto_create: 'true' },
      result: { session_id: 'made-when-asked' },
    },
    errors: {
      PERMISSION_DENIED: { ...ROOT_KEY, ...NONE },
      INVALID_ARGUMENT: [
        { ...NONE, query: { auto_create: 'perhaps' } },
        { params: { id: '..' } },
        { params: { id: 'a/b' } },
        { params: { id: 'a\0b' } },
      ],
      NOT_FOUND: [NONE, anns],
    },
  },
  sessionDelete: {
    ok: { ...inTalk, result: { session_id: expect.any(String) } },
    errors: { PERMISSION_DENIED: { ...ROOT_KEY, ...NONE }, NOT_FOUND: [NONE, anns] },
  },
  sessionMessage: {
    ok: {
      params: { id: 'by.saying' },
      json: { ...SAID, parts: null, peer_id: null, created_at: null, telemetry: null },
      result: { session_id: 'by.saying', message_count: 1, pending_tokens: expect.any(Number) },
    },
    errors: {
      INVALID_ARGUMENT: [
        { ...NONE, json: {} },
        { ...NONE, json: { role: 'system', content: 'x' } },
        { ...NONE, json: { role: 'user' } },
        { ...NONE, json: { role: 'user', parts: 'dance' } },
        { ...NONE, json: { role: 'user', content: 'x', created_at: 'yesterday' } },
        { ...NONE, json: { role: 'user', content: 'x', peer_id: 'a/b' } },
        { params: { id: '.hidden' }, json: SAID },
      ],
      PERMISSION_DENIED: [
        { ...ROOT_KEY, ...NONE, json: SAID },
        { ...NONE, json: { ...SAID, role_id: 'ann' } },
      ],
    },
  },
  sessionMessages: {
    ok: {
      params: { id: 'by-saying-much' },
      json: { messages: [SAID, { role: 'assistant', parts: [{ type: 'text', text: 'Noted.' }] }] },
      result: { session_id: 'by-saying-much', added: 2, message_count: 2 },
    },
    errors: {
      INVALID_ARGUMENT: [
        { ...NONE, json: { messages: [] } },
        { ...NONE, json: { messages: Array.from({ length: 101 }, () => SAID) } },
        { ...NONE, json: { messages: [SAID, { ...SAID, role: 'robot' }] } },
        { ...NONE, json: { messages: [{ ...SAID, surprise: 1 }] } },
        { ...NONE, json: { messages: SAID } },
      ],
      PERMISSION_DENIED: [
        { ...ROOT_KEY, ...NONE, json: { messages: [SAID] } },
        { ...NONE, json: { messages: [{ ...SAID, role_id: 'ann' }] } },
      ],
    },
  },
  sessionUsed: {
    ok: {
      ...inTalk,
      json: { contexts: ['viking://resources'], skill: null },
      result: { contexts_used: 1, skills_used: 0 },
    },
    errors: {
      INVALID_ARGUMENT: [
        { ...inTalk, json: { contexts: 'viking://resources' } },
        { ...inTalk, json: { skill: { name: 7 } } },
        { ...inTalk, json: { contexts: Array.from({ length: 1_001 }, () => 'viking://resources') } },
      ],
      INVALID_URI: { ...inTalk, json: { contexts: ['viking://nowhere'] } },
      PERMISSION_DENIED: [
        { ...ROOT_KEY, ...NONE, json: {} },
        { ...inTalk, json: { contexts: ['viking://user/ann/memories/secret.md'] } },
      ],
      NOT_FOUND: [
        { ...NONE, json: { contexts: [] } },
        { ...anns, json: { contexts: [] } },
      ],
    },
  },
  sessionCommit: {
    ok: {
      ...inTalk,
      json: { keep_recent_count: 0, wait: 30 },
      result: {
        status: 'committed',
        archived: 1,
        task_id: expect.any(String),
        trace_id: expect.any(String),
        estimated_active_tokens: 0,
        budget_exceeded: false,
      },
    },
    errors: {
      INVALID_ARGUMENT: [
        { ...inTalk, json: { keep_recent_count: -1 } },
        { ...inTalk, json: { keep_recent_count: 10_001 } },
        { ...inTalk, json: { wait: 601 } },
        { ...inTalk, json: { retention_mode: 'all' } },
        { ...inTalk, json: { retention_mode: 'turn_budget', keep_recent_count: 1 } },
        { ...inTalk, json: { retention_mode: 'turn_budget', retained_message_token_budget: 0 } },
        { ...inTalk, json: { keep_recent_turn_count: 2 } },
        { ...inTalk, json: { extraction_metadata: { event: { tags: ['no value'] } } } },
        { ...inTalk, json: { min_raw_tail_steps: 0 } },
      ],
      PERMISSION_DENIED: { ...ROOT_KEY, ...NONE, json: {} },
      NOT_FOUND: [
        { ...NONE, json: {} },
        { ...anns, json: {} },
      ],
    },
  },
  sessionContext: {
    ok: { ...inTalk, query: { token_budget: '128000' }, result: { messages: [{ role: 'user' }] } },
    errors: {
      INVALID_ARGUMENT: [
        { ...inTalk, query: { token_budget: '-1' } },
        { ...inTalk, query: { token_budget: 'all' } },
      ],
      PERMISSION_DENIED: { ...ROOT_KEY, ...NONE },
      NOT_FOUND: [NONE, anns],
    },
  },
  sessionConfig: {
    ok: { ...inTalk, json: { auto_commit_policy: null }, result: { auto_commit_policy: null } },
    errors: {
      INVALID_ARGUMENT: [
        { ...inTalk, json: { auto_commit_policy: { nonsense: 1 } } },
        { ...inTalk, json: { auto_commit_policy: 'off' } },
      ],
      PERMISSION_DENIED: { ...ROOT_KEY, ...NONE, json: { auto_commit_policy: null } },
      NOT_FOUND: [
        { ...NONE, json: { auto_commit_policy: null } },
        { ...anns, json: { auto_commit_policy: null } },
      ],
    },
  },
  sessionRetry: {
    ok: {
      as: 'zoe',
      json: { wait: 30 },
      result: { status: 'committed', archive_uri: 'viking://user/zoe/sessions/failing/history/archive_001' },
      // What is in the way of its memories fails the archive, and is taken away.
      async given({ daemon, result }) {
        const inTheWay = join(daemon.home, 'content/other/user/zoe/memories/preferences');
        await writeFile(inTheWay, 'no directory');
        const params = { id: 'failing' };
        await result('zoe', 'sessionMessage', { params, json: SAID });
        await result('zoe', 'sessionCommit', { params, json: { wait: 30 } });
        await rm(inTheWay);
        return { params: { ...params, archive: 'archive_001' } };
      },
    },
    errors: {
      INVALID_ARGUMENT: { params: { id: 'none', archive: 'archive_001' }, json: { wait: -1 } },
      PERMISSION_DENIED: { ...ROOT_KEY, params: { id: 'none', archive: 'archive_001' }, json: {} },
      NOT_FOUND: [
        { params: { id: 'none', archive: 'archive_001' }, json: {} },
        {
          given: async (world) => ({ params: { ...(await talk(world)), archive: 'archive_009' }, json: {} }),
        },
      ],
      FAILED_PRECONDITION: { json: {}, given: committed },
    },
  },
  sessionUndo: {
    ok: { json: {}, given: committed, result: { archive_uri: expect.stringContaining('archive_001') } },
    errors: {
      PERMISSION_DENIED: { ...ROOT_KEY, params: { id: 'none', archive: 'archive_001' }, json: {} },
      NOT_FOUND: [
        { params: { id: 'none', archive: 'archive_001' }, json: {} },
        {
          given: async (world) => ({ params: { ...(await talk(world)), archive: 'archive_009' }, json: {} }),
        },
      ],
    },
  },
  sessionArchive: {
    ok: {
      given: committed,
      result: { archive_id: 'archive_001', messages: [{ role: 'user' }], overview: expect.any(String) },
    },
    errors: {
      PERMISSION_DENIED: { ...ROOT_KEY, params: { id: 'none', archive: 'archive_001' } },
      NOT_FOUND: [
        { params: { id: 'none', archive: 'archive_001' } },
        { given: async (world) => ({ params: { ...(await talk(world)), archive: '..' } }) },
        { given: async (world) => ({ params: { ...(await talk(world, 'ann')), archive: 'archive_001' } }) },
      ],
    },
  },
};
