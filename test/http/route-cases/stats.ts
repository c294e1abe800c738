import { expect } from 'vitest';
import type { RouteWorld } from '../../helpers/route-world.ts';
import { type CasesOf, FILE, type RouteCase } from './route-case.ts';

type Names =
  | 'recall'
  | 'sessionExtract'
  | 'toolResultList'
  | 'toolResultGet'
  | 'toolResultSearch'
  | 'memoryStats'
  | 'sessionStats'
  | 'debugHealth';

const ROOT_KEY = { as: 'root' } as const;
const NONE = { params: { id: 'none', result: 't1' } };
const recalled = (more: object) => ({ json: { query: 'alpaca', ...more } });
/** Of two UTF-16 units each, so that offsets are seen to count characters. */
const OUTPUT = `${'𝄞'.repeat(20_001)} the Needle ${'x'.repeat(50)}`;
const CHARS = 20_001 + 12 + 50;
let made = 0;

/** A session with a tool output that is too large for its message. */
async function kept({ result }: RouteWorld, caller: 'bob' | 'ann' = 'bob') {
  const id = `outputs-${++made}`;
  const part = {
    type: 'tool',
    tool_id: 't1',
    tool_name: 'sh',
    tool_status: 'completed',
    tool_output: OUTPUT,
  };
  await result(caller, 'sessionMessage', { params: { id }, json: { role: 'assistant', parts: [part] } });
  return { id, result: 't1' };
}

const inKept: RouteCase = { given: async (world) => ({ params: await kept(world) }) };
const anns: RouteCase = { given: async (world) => ({ params: await kept(world, 'ann') }) };
const META = { tool_result_id: 't1', tool_id: 't1', tool_name: 'sh', total_chars: CHARS };
/** None of a session, or one that is no name. */
const noResult: readonly RouteCase[] = ['t2', '..', '../t1', '.'].map((name) => ({
  given: async (world) => ({ params: { ...(await kept(world)), result: name } }),
}));

export const statsCases: CasesOf<Names> = {
  recall: {
    ok: {
      json: {
        query: 'alpaca',
        max_chars: 6_500,
        min_score: 0.1,
        limit: 1,
        session_id: null,
        telemetry: false,
      },
      result: { entries: [{ uri: FILE }], rendered: expect.stringContaining('alpaca') },
    },
    errors: {
      PERMISSION_DENIED: { ...ROOT_KEY, ...recalled({}) },
      INVALID_ARGUMENT: [
        { json: {} },
        recalled({ target_uri: FILE }),
        recalled({ max_chars: 1 }),
        recalled({ min_score: 2 }),
        recalled({ mode: 'list' }),
        recalled({ level: 1 }),
      ],
      NOT_FOUND: recalled({ session_id: 'no-such-session' }),
      UNIMPLEMENTED: recalled({ image_url: 'x' }),
    },
  },

  sessionExtract: {
    ok: {
      json: {},
      async given({ result }) {
        const params = { id: 'extracting' };
        await result('bob', 'sessionMessage', {
          params,
          json: { role: 'user', content: 'I prefer slate roofs.' },
        });
        return { params };
      },
      result: {
        session_id: 'extracting',
        extractor: 'rules',
        memories_extracted: { preferences: 1 },
        memories: [{ outcome: 'stored', memory_type: 'preferences', uri: expect.stringContaining('bob') }],
      },
    },
    errors: {
      PERMISSION_DENIED: { ...ROOT_KEY, ...NONE, json: {} },
      NOT_FOUND: [
        { ...NONE, json: {} },
        { ...anns, json: {} },
      ],
    },
  },

  toolResultList: {
    ok: { ...inKept, query: { tool_name: 'sh', limit: '1' }, result: { tool_results: [META] } },
    errors: {
      INVALID_ARGUMENT: [
        { ...NONE, query: { limit: '0' } },
        { ...NONE, query: { limit: 'all' } },
      ],
      PERMISSION_DENIED: { ...ROOT_KEY, ...NONE },
      NOT_FOUND: [NONE, anns],
    },
  },
  toolResultGet: {
    ok: {
      ...inKept,
      query: { offset: '20000', limit: '6' },
      result: {
        tool_result_id: 't1',
        content: '𝄞 the ',
        offset: 20_000,
        limit: 6,
        offset_unit: 'unicode_code_point',
        total_chars: CHARS,
        has_more: true,
        metadata: META,
      },
    },
    errors: {
      INVALID_ARGUMENT: [
        { ...NONE, query: { offset: '-1' } },
        { ...NONE, query: { limit: '-2' } },
        { ...NONE, query: { include_metadata: 'perhaps' } },
      ],
      PERMISSION_DENIED: { ...ROOT_KEY, ...NONE },
      NOT_FOUND: [NONE, anns, ...noResult],
    },
  },
  toolResultSearch: {
    ok: {
      ...inKept,
      query: { q: 'needle', context_chars: '5' },
      result: {
        tool_result_id: 't1',
        matches: [{ offset: 20_006, offset_unit: 'unicode_code_point', snippet: ' the Needle xxxx' }],
      },
    },
    errors: {
      INVALID_ARGUMENT: [NONE, { ...NONE, query: { q: 'x', limit: '0' } }],
      PERMISSION_DENIED: { ...ROOT_KEY, ...NONE, query: { q: 'x' } },
      NOT_FOUND: [
        { ...NONE, query: { q: 'x' } },
        { ...anns, query: { q: 'x' } },
        ...noResult.map((one) => ({ ...one, query: { q: 'x' } })),
      ],
    },
  },

  memoryStats: {
    ok: {
      as: 'zoe',
      query: { category: 'events' },
      async given({ result }) {
        const at = 'viking://user/zoe/memories';
        for (const name of ['events/2026/one.md', 'events/two.md', 'events/no.txt', 'preferences/p.md'])
          await result('zoe', 'write', { json: { uri: `${at}/${name}`, content: 'x' } });
      },
      result: { total_memories: 2, by_category: { events: 2 } },
    },
    errors: { INVALID_ARGUMENT: { query: { category: 'a/b' } }, PERMISSION_DENIED: ROOT_KEY },
  },
  sessionStats: {
    ok: {
      ...inKept,
      result: { message_count: 1, commit_count: 0, memories_extracted: { total: 0 }, contexts_used: 0 },
    },
    errors: { PERMISSION_DENIED: { ...ROOT_KEY, ...NONE }, NOT_FOUND: [NONE, anns] },
  },
  debugHealth: {
    ok: { as: 'root', result: { healthy: expect.any(Boolean), errors: expect.any(Array) } },
  },
};
