import { expect } from 'vitest';
import type { RouteWorld } from '../../helpers/route-world.ts';
import { type CasesOf, FILE, SECRET } from './route-case.ts';

const ROOT_KEY = { as: 'root' } as const;

/** A memory that waits for review; its name. */
async function waiting({ result }: RouteWorld): Promise<string> {
  const id = `reviewed-${Date.now()}`;
  await result('zoe', 'sessionCreate', { json: { session_id: id, memory_policy: { review: 'all' } } });
  const content = 'I prefer green tea over coffee.';
  await result('zoe', 'sessionMessage', { params: { id }, json: { role: 'user', content } });
  await result('zoe', 'sessionCommit', { params: { id }, json: { wait: 30 } });
  const [first] = await result<{ name: string }[]>('zoe', 'memoryReviews');
  return first!.name;
}

export const memoryCases: CasesOf<
  'memoryRemember' | 'memoryForget' | 'memoryReviews' | 'memoryReview' | 'memoryTidy'
> = {
  memoryRemember: {
    ok: {
      json: { text: 'I prefer dark themes.', category: null, peer_id: null },
      result: { outcome: 'stored', memory_type: 'preferences' },
    },
    errors: {
      INVALID_ARGUMENT: [
        { json: {} },
        { json: { text: '' } },
        { json: { text: ' ' } },
        { json: { text: 'x'.repeat(10_001) } },
        { json: { text: 'x', category: 'dreams' } },
        { json: { text: 'x', peer_id: '../ann' } },
      ],
      PERMISSION_DENIED: { ...ROOT_KEY, json: { text: 'x' } },
    },
  },
  memoryForget: {
    ok: {
      async given({ result }) {
        const { uri } = await result('bob', 'memoryRemember', { json: { text: 'I prefer short meetings.' } });
        return { json: { uri } };
      },
      result: { uri: expect.stringContaining('viking://user/bob/') },
    },
    errors: {
      INVALID_ARGUMENT: [{ json: {} }, { json: { uri: '' } }, { json: { uri: FILE } }],
      INVALID_URI: { json: { uri: 'viking://nowhere' } },
      PERMISSION_DENIED: [
        { json: { uri: SECRET } },
        { json: { uri: SECRET.replace('secret', 'none') } },
        { ...ROOT_KEY, json: { uri: SECRET } },
      ],
      NOT_FOUND: { json: { uri: 'viking://user/memories/preferences/none.md' } },
    },
  },
  memoryReviews: { ok: { result: [] }, errors: { PERMISSION_DENIED: ROOT_KEY } },
  memoryReview: {
    ok: {
      as: 'zoe',
      given: async (world) => ({ json: { name: await waiting(world), action: 'reject' } }),
      result: { outcome: 'rejected' },
    },
    errors: {
      INVALID_ARGUMENT: [{ json: { name: 'x' } }, { json: { name: 'x', action: 'postpone' } }],
      PERMISSION_DENIED: { ...ROOT_KEY, json: { name: 'x', action: 'accept' } },
      NOT_FOUND: [
        { json: { name: 'none.md', action: 'accept' } },
        { json: { name: '../../../ann/memories/secret.md', action: 'accept' } },
        { given: async (world) => ({ json: { name: await waiting(world), action: 'accept' } }) },
      ],
    },
  },
  memoryTidy: { ok: { result: {} }, errors: { PERMISSION_DENIED: ROOT_KEY } },
};
