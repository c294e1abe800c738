import { expect } from 'vitest';
import type { RouteWorld } from '../../helpers/route-world.ts';
import { type CasesOf, TREE } from './route-case.ts';

/** Background work of bob's. */
async function started({ result }: RouteWorld): Promise<string> {
  return String((await result('bob', 'reindex', { json: { uri: TREE, wait: false } }))['task_id']);
}

/** The last of several that run one at a time, so that it has not begun. */
async function queued(world: RouteWorld): Promise<string> {
  for (let asked = 1; asked < 8; asked++) await started(world);
  return started(world);
}

async function ended(world: RouteWorld): Promise<string> {
  const id = await started(world);
  await world.result('bob', 'systemWait', { json: { timeout: 30 } });
  return id;
}

export const taskCases: CasesOf<'taskList' | 'taskGet' | 'taskCancel'> = {
  taskList: {
    ok: {
      query: { status: 'completed', limit: '1', task_type: 'reindex' },
      async given(world) {
        await ended(world);
      },
      result: [{ task_type: 'reindex', status: 'completed', error: null, task_id: expect.any(String) }],
    },
    errors: {
      INVALID_ARGUMENT: [
        { query: { limit: '201' } },
        { query: { limit: '0' } },
        { query: { status: 'odd' } },
      ],
    },
  },
  taskGet: {
    ok: {
      given: async (world) => ({ params: { id: await ended(world) } }),
      result: { status: 'completed', created_at_iso: expect.any(String) },
    },
    errors: {
      NOT_FOUND: [
        { params: { id: 'task_none' } },
        { params: { id: '..' } },
        { as: 'ann', given: async (world) => ({ params: { id: await ended(world) } }) },
      ],
    },
  },
  taskCancel: {
    ok: {
      given: async (world) => ({ params: { id: await queued(world) } }),
      result: { status: 'cancelled' },
    },
    errors: {
      PERMISSION_DENIED: { as: 'root', given: async (world) => ({ params: { id: await ended(world) } }) },
      NOT_FOUND: [
        { params: { id: 'task_none' } },
        { as: 'ann', given: async (world) => ({ params: { id: await ended(world) } }) },
      ],
      FAILED_PRECONDITION: { given: async (world) => ({ params: { id: await ended(world) } }) },
    },
  },
};
