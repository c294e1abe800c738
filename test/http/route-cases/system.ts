import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RouteWorld } from '../../helpers/route-world.ts';
import type { CasesOf } from './route-case.ts';

type Names =
  | 'health'
  | 'ready'
  | 'metrics'
  | 'openapi'
  | 'systemStatus'
  | 'systemWait'
  | 'systemErrors'
  | 'systemEvents'
  | 'systemModels'
  | 'mountList'
  | 'mountAdd'
  | 'mountRemove'
  | 'observerSystem'
  | 'observerComponent'
  | 'systemStop';

const ROOT_KEY = { as: 'root' } as const;
const FROM_AFAR = { as: 'ann' } as const;

const COMPONENTS = ['queue', 'vikingdb', 'models', 'lock', 'retrieval', 'filesystem'];

function healthy(name: string) {
  return { name, is_healthy: true, has_errors: false, status: expect.stringMatching(/./) };
}

async function mountpoint({ daemon }: RouteWorld, name: string): Promise<string> {
  const path = join(daemon.dir, name);
  await mkdir(path);
  return path;
}

/** `systemStop` comes last. */
export const systemCases: CasesOf<Names> = {
  health: { ok: { as: 'nobody', result: { status: 'ok', healthy: true, auth_mode: 'api_key' } } },
  ready: { ok: { as: 'nobody', result: { status: 'ready', checks: { agfs: 'ok' } } } },
  metrics: { ok: { result: {} } },
  openapi: { ok: { as: 'nobody', result: { openapi: '3.1.0' } } },

  systemStatus: { ok: { result: { initialized: true, user: 'bob' } } },
  systemWait: {
    ok: { json: { timeout: 30 }, result: {} },
    errors: {
      INVALID_ARGUMENT: [
        { json: { timeout: -1 } },
        { json: { timeout: 'soon' } },
        { json: [] },
        { json: null },
      ],
      DEADLINE_EXCEEDED: {
        json: { timeout: 0 },
        async given({ result }) {
          const content = 'word '.repeat(100_000);
          await result('bob', 'write', { json: { uri: 'viking://resources/long.md', content } });
        },
      },
    },
  },
  systemErrors: { ok: { result: [] }, errors: { PERMISSION_DENIED: ROOT_KEY } },
  systemEvents: { ok: { result: expect.any(Array) }, errors: { PERMISSION_DENIED: ROOT_KEY } },
  systemModels: {
    ok: { query: { probe: 'false' }, result: { endpoints: [] } },
    errors: { INVALID_ARGUMENT: { query: { probe: 'perhaps' } }, PERMISSION_DENIED: ROOT_KEY },
  },
  observerSystem: {
    ok: {
      as: 'root',
      // Jobs that fail on purpose are other cases' here: they are counted by the queue.
      result: {
        is_healthy: expect.any(Boolean),
        errors: expect.any(Array),
        components: {
          ...Object.fromEntries(COMPONENTS.map((name) => [name, healthy(name)])),
          queue: { name: 'queue', is_healthy: expect.any(Boolean), status: expect.stringMatching(/./) },
        },
      },
    },
  },
  observerComponent: {
    ok: { params: { component: 'vikingdb' }, result: healthy('vikingdb') },
    errors: {
      NOT_FOUND: [{ params: { component: 'none' } }, { params: { component: 'constructor' } }],
    },
  },
  mountList: { ok: { as: 'owner', result: [] }, errors: { PERMISSION_DENIED: FROM_AFAR } },
  mountAdd: {
    mounts: true,
    ok: {
      as: 'owner',
      given: async (world) => ({ json: { mountpoint: await mountpoint(world, 'added') } }),
      result: { mountpoint: expect.stringContaining('added'), driver: expect.any(String), actor_peer: null },
    },
    errors: {
      INVALID_ARGUMENT: [
        { as: 'owner', json: {} },
        { as: 'owner', json: { mountpoint: 'relative' } },
        { as: 'owner', json: { mountpoint: '/tmp/x', driver: 'ntfs' } },
        { as: 'owner', json: { mountpoint: '/tmp/x', actor_peer: 'a/b' } },
      ],
      NOT_DIRECTORY: {
        as: 'owner',
        async given({ daemon }) {
          const mountpoint = join(daemon.dir, 'file');
          await writeFile(mountpoint, '');
          return { json: { mountpoint } };
        },
      },
      PERMISSION_DENIED: { ...FROM_AFAR, json: { mountpoint: '/tmp/x' } },
    },
  },
  mountRemove: {
    mounts: true,
    ok: {
      as: 'owner',
      async given(world) {
        const json = { mountpoint: await mountpoint(world, 'removed') };
        await world.result('owner', 'mountAdd', { json });
        return { json };
      },
      result: { mountpoint: expect.stringContaining('removed') },
    },
    errors: {
      INVALID_ARGUMENT: [
        { as: 'owner', json: {} },
        { as: 'owner', json: { mountpoint: 1 } },
      ],
      NOT_FOUND: { as: 'owner', json: { mountpoint: '/nowhere' } },
      PERMISSION_DENIED: { ...FROM_AFAR, json: { mountpoint: '/tmp/x' } },
    },
  },
  systemStop: {
    ok: { as: 'owner', json: {}, result: { stopping: true } },
    errors: {
      PERMISSION_DENIED: [
        { ...FROM_AFAR, json: {} },
        { ...ROOT_KEY, json: {} },
      ],
    },
  },
};
