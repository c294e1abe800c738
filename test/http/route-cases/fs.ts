import { expect } from 'vitest';
import { badAddresses, type CasesOf, FILE, MISSING, type RouteCases, TREE } from './route-case.ts';

const QUERY = { query: { uri: FILE } };
const HUNDRED_TAGS = Array.from({ length: 100 }, (_, index) => `n${index}=1`);

const setTags: RouteCases = {
  ok: { json: { uri: FILE, tags: 'a=1, b=2' }, result: { uri: FILE, mode: 'replace', updated: 1 } },
  errors: {
    ...badAddresses('uri', { json: { tags: ['a=1'] } }),
    INVALID_ARGUMENT: [
      { json: { uri: FILE } },
      { json: { uri: FILE, tags: ['a'] } },
      { json: { uri: FILE, tags: [1] } },
      { json: { uri: FILE, tags: [], mode: 'merge' } },
    ],
    NOT_FOUND: { json: { uri: MISSING, tags: ['a=1'] } },
    RESOURCE_EXHAUSTED: {
      json: { uri: FILE, tags: ['one-more=1'], mode: 'append' },
      async given({ result }) {
        await result('bob', 'setTags', { json: { uri: FILE, tags: HUNDRED_TAGS } });
      },
    },
  },
};

export const fsCases: CasesOf<
  'ls' | 'tree' | 'stat' | 'attrs' | 'attrsSetTags' | 'setTags' | 'mkdir' | 'remove' | 'move'
> = {
  ls: {
    ok: {
      query: { uri: TREE },
      result: [
        { uri: `${TREE}/dir`, isDir: true },
        { uri: FILE, isDir: false },
      ],
    },
    errors: {
      ...badAddresses('uri', { query: {} }),
      INVALID_ARGUMENT: [
        {},
        ...['node_limit', 'limit', 'abs_limit'].map((key) => ({ query: { uri: TREE, [key]: 'x' } })),
        { query: { uri: TREE, node_limit: '0' } },
        { query: { uri: TREE, simple: 'perhaps' } },
        { query: { uri: TREE, output: 'xml' } },
        { query: { uri: TREE, sort_by: 'size' } },
        { query: { uri: `${TREE}/{calendar:never}` } },
      ],
      NOT_FOUND: { query: { uri: MISSING } },
      NOT_DIRECTORY: QUERY,
    },
  },
  tree: {
    ok: {
      query: { uri: TREE },
      result: [{ rel_path: 'a.md' }, { rel_path: 'dir' }, { rel_path: 'dir/b.md' }],
    },
    errors: {
      ...badAddresses('uri', { query: {} }),
      INVALID_ARGUMENT: [{}, { query: { uri: TREE, level_limit: '0' } }],
      NOT_FOUND: { query: { uri: MISSING } },
      NOT_DIRECTORY: QUERY,
    },
  },
  stat: {
    ok: { ...QUERY, result: { uri: FILE, name: 'a.md', isDir: false, isLocked: false } },
    errors: {
      ...badAddresses('uri', { query: {} }),
      INVALID_ARGUMENT: [{}, { query: { uri: '' } }, { query: { uri: 'viking://resources/{env:HOME}' } }],
      NOT_FOUND: { query: { uri: MISSING } },
    },
  },
  attrs: {
    ok: { ...QUERY, result: { uri: FILE, context_type: 'resource', attrs: { tags: expect.any(Array) } } },
    errors: {
      ...badAddresses('uri', { query: {} }),
      INVALID_ARGUMENT: {},
      NOT_FOUND: { query: { uri: MISSING } },
    },
  },
  attrsSetTags: setTags,
  setTags,
  mkdir: {
    ok: {
      json: { uri: 'viking://resources/made/twice', description: null },
      result: { uri: 'viking://resources/made/twice' },
    },
    errors: {
      ...badAddresses('uri', { json: {} }),
      INVALID_ARGUMENT: [
        { json: {} },
        { json: { uri: 1 } },
        { json: { uri: 'viking://resources/x', description: 1 } },
      ],
      ALREADY_EXISTS: { json: { uri: FILE } },
      NOT_DIRECTORY: { json: { uri: `${FILE}/below` } },
    },
  },
  remove: {
    ok: {
      query: { uri: MISSING, recursive: 'true', wait: 'true', timeout: '30' },
      result: { uri: MISSING, estimated_deleted_count: 0, semantic_status: 'complete' },
    },
    errors: {
      ...badAddresses('uri', { query: {} }),
      INVALID_ARGUMENT: [
        {},
        { query: { uri: MISSING, recursive: '2' } },
        { query: { uri: MISSING, timeout: '-1' } },
      ],
      NOT_EMPTY: { query: { uri: TREE } },
      DEADLINE_EXCEEDED: {
        query: { uri: MISSING, wait: 'true', timeout: '0' },
        async given({ result }) {
          const content = 'work '.repeat(100_000);
          await result('bob', 'write', { json: { uri: 'viking://resources/longer.md', content } });
        },
      },
    },
  },
  move: {
    ok: {
      json: { from_uri: 'viking://resources/spare/c.md', to_uri: 'viking://resources/spare/d.md' },
      result: { from: 'viking://resources/spare/c.md', to: 'viking://resources/spare/d.md' },
    },
    errors: {
      ...badAddresses('from_uri', { json: { to_uri: MISSING } }),
      PERMISSION_DENIED: [
        ...badAddresses('from_uri', { json: { to_uri: MISSING } }).PERMISSION_DENIED,
        ...badAddresses('to_uri', { json: { from_uri: FILE } }).PERMISSION_DENIED,
        { json: { from_uri: 'viking://resources', to_uri: 'viking://user/bob/memories/r' } },
      ],
      INVALID_ARGUMENT: [
        { json: { from_uri: FILE } },
        { json: { from_uri: FILE, to_uri: TREE } },
        { json: { from_uri: TREE, to_uri: `${TREE}/dir/inside` } },
      ],
      NOT_FOUND: { json: { from_uri: MISSING, to_uri: 'viking://resources/else.md' } },
      ALREADY_EXISTS: { json: { from_uri: FILE, to_uri: `${TREE}/dir/b.md` } },
      NOT_DIRECTORY: { json: { from_uri: `${TREE}/dir/b.md`, to_uri: `${FILE}/below` } },
    },
  },
};
