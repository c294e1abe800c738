import { expect } from 'vitest';
import { badAddresses, type CasesOf, FILE, MISSING, TREE } from './route-case.ts';

const asked = (more: object) => ({ json: { query: 'alpaca', ...more } });
const NEITHER = [
  { json: {} },
  { json: { query: '' } },
  { json: { query: ' \n' } },
  asked({ limit: 0 }),
  asked({ limit: 1_001 }),
  asked({ limit: 'five' }),
  asked({ level: 3 }),
  asked({ level: 'x' }),
  asked({ context_type: 'file' }),
  asked({ time_field: 'read_at' }),
  asked({ since: 'some day' }),
  asked({ filter: { op: 'perhaps' } }),
  asked({ filter: [] }),
  asked({ target_uri: 5 }),
];

export const searchCases: CasesOf<'find' | 'search' | 'grep' | 'glob'> = {
  find: {
    ok: {
      json: { query: 'alpaca', target_uri: '' },
      result: { resources: [{ uri: FILE }], memories: [], skills: [] },
    },
    errors: {
      ...badAddresses('target_uri', asked({})),
      INVALID_ARGUMENT: NEITHER,
      UNIMPLEMENTED: asked({ image_url: 'https://example.org/a.png' }),
    },
  },
  search: {
    ok: {
      json: { query: 'alpaca', session_id: null, limit: 3 },
      result: { resources: [{ uri: FILE }], total: expect.any(Number) },
    },
    errors: {
      ...badAddresses('target_uri', asked({})),
      INVALID_ARGUMENT: [
        ...NEITHER,
        asked({ mode: 'tree' }),
        asked({ max_tokens: 100 }),
        asked({ mode: 'context', target_uri: TREE }),
        asked({ mode: 'context', level: 1 }),
        asked({ mode: 'context', max_tokens: 63 }),
        asked({ mode: 'context', dedup_turns: 101 }),
        asked({ mode: 'context', peer_scope: 'some' }),
        asked({ mode: 'context', detail: { events: 'everything' } }),
        asked({ dedup_turns: 1 }),
        asked({ rewrite: true }),
        asked({ other_peer_penalty: 0.2 }),
        asked({ mode: 'context', rewrite: 'sometimes' }),
        asked({ mode: 'context', other_peer_penalty: 2 }),
        asked({ mode: 'context', other_peer_penalty: { events: -1 } }),
        asked({ mode: 'context', exclude_uris: Array.from({ length: 201 }, () => FILE) }),
      ],
      NOT_FOUND: asked({ session_id: 'no-such-session' }),
      UNIMPLEMENTED: asked({ image_url: 'x' }),
    },
  },
  grep: {
    ok: {
      json: { uri: TREE, pattern: 'ALPACA', case_insensitive: true, exclude_uri: null },
      result: {
        matches: [{ uri: FILE, line: 3, content: 'The alpaca grazes.' }],
        count: 1,
        match_count: 1,
        files_scanned: expect.any(Number),
      },
    },
    errors: {
      ...badAddresses('uri', { json: { pattern: 'a' } }),
      INVALID_ARGUMENT: [
        { json: { uri: TREE } },
        { json: { uri: TREE, pattern: '' } },
        { json: { uri: TREE, pattern: '(' } },
        { json: { uri: TREE, pattern: 'a', node_limit: 0 } },
        { json: { uri: TREE, pattern: 'a', level_limit: 0 } },
      ],
      NOT_FOUND: { json: { uri: MISSING, pattern: 'a' } },
    },
  },
  glob: {
    ok: { json: { uri: TREE, pattern: '**/b.md' }, result: { matches: [`${TREE}/dir/b.md`], count: 1 } },
    errors: {
      ...badAddresses('uri', { json: { pattern: '*' } }),
      INVALID_ARGUMENT: [
        { json: {} },
        { json: { pattern: '' } },
        { json: { pattern: '[' } },
        { json: { pattern: '*', node_limit: 100_001 } },
      ],
      NOT_FOUND: { json: { uri: 'viking://resources/none', pattern: '*' } },
      NOT_DIRECTORY: { json: { uri: FILE, pattern: '*' } },
    },
  },
};
