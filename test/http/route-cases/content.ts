import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { badAddresses, type CasesOf, FILE, MISSING, type RouteCases, TREE } from './route-case.ts';

const layer = (result: unknown): RouteCases => ({
  ok: { query: { uri: TREE, wait: 'true', timeout: '30' }, result },
  errors: {
    ...badAddresses('uri', { query: {} }),
    INVALID_ARGUMENT: [{}, { query: { uri: TREE, wait: 'x' } }, { query: { uri: TREE, timeout: 'soon' } }],
    NOT_FOUND: { query: { uri: MISSING } },
  },
});
const write = (json: object) => ({ json: { content: 'x', ...json } });
const batch = (operation: object, more: object = {}) => ({
  json: {
    root_uri: TREE,
    wait: false,
    operations: [{ uri: `${TREE}/n.md`, content: 'x', ...operation }],
    ...more,
  },
});

export const contentCases: CasesOf<
  'read' | 'abstract' | 'overview' | 'download' | 'write' | 'batchWrite' | 'reindex'
> = {
  read: {
    ok: { query: { uri: FILE, offset: '2', limit: '1', raw: 'false' }, result: 'The alpaca grazes.' },
    errors: {
      ...badAddresses('uri', { query: {} }),
      INVALID_ARGUMENT: [
        {},
        { query: { uri: FILE, offset: '-1' } },
        { query: { uri: FILE, limit: '-2' } },
        { query: { uri: FILE, limit: '1.5' } },
        {
          // Not UTF-8: bytes are for downloads.
          async given({ result }) {
            const uri = 'viking://resources/bytes.bin';
            await result('bob', 'write', { json: { uri, content_base64: '/w==' } });
            return { query: { uri } };
          },
        },
      ],
      NOT_FOUND: { query: { uri: MISSING } },
      IS_DIRECTORY: { query: { uri: TREE } },
      TOO_LARGE: {
        query: { uri: 'viking://resources/sparse/large.txt' },
        async given({ daemon }) {
          const dir = join(daemon.home, 'content/acme/resources/sparse');
          await mkdir(dir, { recursive: true });
          const file = await open(join(dir, 'large.txt'), 'w');
          await file.truncate(64 * 1024 ** 2 + 1);
          await file.close();
        },
      },
    },
  },
  abstract: layer(expect.stringContaining('')),
  overview: layer(expect.stringMatching(/^# .*dir/s)),
  download: {
    ok: { query: { uri: FILE }, result: '# A\n\nThe alpaca grazes.\n' },
    errors: {
      ...badAddresses('uri', { query: {} }),
      INVALID_ARGUMENT: {},
      NOT_FOUND: { query: { uri: MISSING } },
      IS_DIRECTORY: { query: { uri: TREE } },
    },
  },
  write: {
    ok: {
      json: { uri: 'viking://resources/w/new.md', content: 'é', wait: true, timeout: 30, telemetry: false },
      result: {
        uri: 'viking://resources/w/new.md',
        root_uri: 'viking://resources/w',
        context_type: 'resource',
        mode: 'replace',
        written_bytes: 2,
        content_updated: true,
        semantic_status: 'complete',
        vector_status: 'complete',
        queue_status: { Semantic: { processed: expect.any(Number) }, Embedding: { errors: [] } },
      },
    },
    errors: {
      ...badAddresses('uri', write({})),
      INVALID_ARGUMENT: [
        { json: { uri: MISSING } },
        write({ uri: MISSING, content_base64: 'eA==' }),
        write({ uri: MISSING, content: 1 }),
        { json: { uri: MISSING, content_base64: '!' } },
        write({ uri: MISSING, mode: 'truncate' }),
        write({ uri: MISSING, wait: 'yes please' }),
        write({ uri: MISSING, processing_mode: 'none' }),
        write({ uri: MISSING, timeout: -1 }),
      ],
      NOT_FOUND: [
        write({ uri: MISSING, mode: 'append' }),
        write({ uri: 'viking://resources/no/parent.md', create_parent: false }),
      ],
      ALREADY_EXISTS: write({ uri: FILE, mode: 'create' }),
      IS_DIRECTORY: write({ uri: TREE }),
      NOT_DIRECTORY: write({ uri: `${FILE}/below.md` }),
      DEADLINE_EXCEEDED: {
        json: { uri: 'viking://resources/slow.md', content: 'slow '.repeat(100_000), wait: true, timeout: 0 },
      },
    },
  },
  batchWrite: {
    ok: {
      json: {
        root_uri: TREE,
        operations: [{ uri: `${TREE}/batched.md`, content_base64: 'eA==', mode: 'upsert' }],
      },
      result: { root_uri: TREE, written: 1, written_bytes: 1, results: [{ vector_status: 'complete' }] },
    },
    errors: {
      ...badAddresses('root_uri', batch({})),
      PERMISSION_DENIED: [
        {
          json: {
            root_uri: 'viking://user/ann/memories',
            operations: [{ uri: 'viking://user/ann/memories/n.md', content: 'x' }],
          },
        },
      ],
      INVALID_ARGUMENT: [
        batch({}, { operations: [] }),
        batch(
          {},
          { operations: Array.from({ length: 257 }, (_, n) => ({ uri: `${TREE}/${n}`, content: '' })) },
        ),
        batch({ uri: 'viking://resources/elsewhere.md' }),
        batch({}, { operations: [0, 1].map(() => ({ uri: `${TREE}/twice.md`, content: 'x' })) }),
        batch({ content_base64: 'eA==' }),
        batch({ surprise: 1 }),
        batch({ mode: 'delete' }),
      ],
      NOT_FOUND: batch({ mode: 'append' }),
      ALREADY_EXISTS: batch({ uri: FILE, mode: 'create' }),
      IS_DIRECTORY: batch({ uri: `${TREE}/dir` }),
      NOT_DIRECTORY: batch({ uri: `${FILE}/below.md` }),
      TOO_LARGE: batch({ content: 'x'.repeat(8 * 1024 ** 2 + 1) }),
      DEADLINE_EXCEEDED: batch(
        { uri: `${TREE}/slow.md`, content: 'slow '.repeat(100_000) },
        { wait: true, timeout: 0 },
      ),
    },
  },
  reindex: {
    ok: { json: { uri: TREE, tags: null }, result: { uri: TREE, mode: 'vectors_only', status: 'complete' } },
    errors: {
      ...badAddresses('uri', { json: { wait: true } }),
      INVALID_ARGUMENT: [
        { json: {} },
        { json: { uri: TREE, mode: 'everything' } },
        { json: { uri: TREE, wait: 'x' } },
      ],
      NOT_FOUND: { json: { uri: MISSING } },
      UNIMPLEMENTED: { json: { uri: TREE, recursive: false } },
      RESOURCE_EXHAUSTED: {
        json: { uri: FILE, tags: ['one-more=1'], tag_mode: 'append' },
        async given({ result }) {
          const tags = Array.from({ length: 100 }, (_, index) => `n${index}=1`);
          await result('bob', 'setTags', { json: { uri: FILE, tags } });
        },
      },
    },
  },
};
