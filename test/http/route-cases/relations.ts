import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { badAddresses, type CasesOf, FILE, MISSING, TREE } from './route-case.ts';

const MANY = 'viking://resources/many';

export const relationCases: CasesOf<'relationList' | 'relationLink' | 'relationUnlink'> = {
  relationList: {
    ok: {
      query: { uri: FILE },
      result: [{ uri: TREE, reason: 'listed' }],
      async given({ result }) {
        await result('bob', 'relationLink', { json: { from_uri: FILE, to_uris: [TREE], reason: 'listed' } });
      },
    },
    errors: { ...badAddresses('uri', { query: {} }), INVALID_ARGUMENT: {} },
  },
  relationLink: {
    ok: {
      json: { from_uri: TREE, to_uris: FILE, reason: 'holds' },
      result: { from: TREE, to: [FILE], reason: 'holds' },
    },
    errors: {
      ...badAddresses('from_uri', { json: { to_uris: [FILE] } }),
      PERMISSION_DENIED: [
        ...badAddresses('from_uri', { json: { to_uris: [FILE] } }).PERMISSION_DENIED,
        ...badAddresses('to_uris', { json: { from_uri: FILE } }).PERMISSION_DENIED,
      ],
      INVALID_ARGUMENT: [
        { json: { from_uri: FILE } },
        { json: { from_uri: FILE, to_uris: [] } },
        { json: { from_uri: FILE, to_uris: [TREE], reason: 'r'.repeat(1_001) } },
      ],
      NOT_FOUND: [
        { json: { from_uri: MISSING, to_uris: FILE } },
        { json: { from_uri: FILE, to_uris: [MISSING] } },
      ],
      RESOURCE_EXHAUSTED: {
        json: { from_uri: MANY, to_uris: [TREE] },
        async given({ daemon, result }) {
          const names = Array.from({ length: 1_000 }, (_, index) => `d${index}`);
          const many = join(daemon.home, 'content/acme/resources/many');
          await Promise.all(names.map((name) => mkdir(join(many, name), { recursive: true })));
          const to_uris = names.map((name) => `${MANY}/${name}`);
          await result('bob', 'relationLink', { json: { from_uri: MANY, to_uris } });
        },
      },
    },
  },
  relationUnlink: {
    ok: { json: { from_uri: TREE, to_uri: MISSING }, result: { from: TREE, to: MISSING } },
    errors: {
      ...badAddresses('from_uri', { json: { to_uri: FILE } }),
      PERMISSION_DENIED: badAddresses('to_uri', { json: { from_uri: FILE } }).PERMISSION_DENIED,
      INVALID_ARGUMENT: [{ json: { from_uri: FILE } }, { json: { from_uri: FILE, to_uri: '' } }],
    },
  },
};
