import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RouteWorld } from '../../helpers/route-world.ts';
import type { CaseErrors, CasesOf, RouteCase } from './route-case.ts';

type Names =
  | 'watchList'
  | 'watchUpdateByTarget'
  | 'watchRemoveByTarget'
  | 'watchTriggerByTarget'
  | 'watchGet'
  | 'watchUpdate'
  | 'watchRemove'
  | 'watchTrigger';

const OURS = 'viking://resources/watched';

/** A directory of this machine is watched by the daemon's owner: only they can name one. */
async function watch({ daemon, result }: RouteWorld, to = OURS): Promise<string> {
  const path = join(daemon.dir, 'source');
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'x.md'), 'x');
  const added = await result('owner', 'addResource', { json: { path, to, watch_interval: 60 } });
  return String(added['watch_task_id']);
}

/** The owner's watch, asked for by its id. */
const byId = (more: RouteCase = {}): RouteCase => ({
  as: 'owner',
  ...more,
  given: async (world) => ({ params: { id: await watch(world) } }),
});
/** And by its target. */
const byTarget = (more: RouteCase = {}): RouteCase => ({
  as: 'owner',
  query: { to_uri: OURS },
  ...more,
  async given(world) {
    await watch(world);
  },
});

/** What is wrong with an address is wrong in every route; `body` is what the route wants besides. */
function errorsById(body: RouteCase = {}): CaseErrors {
  const params = { id: 'watch_none' };
  return {
    PERMISSION_DENIED: { ...body, as: 'root', params },
    NOT_FOUND: [
      { ...body, params },
      byId({ ...body, query: { to_uri: 'viking://user/ann/resources' } }),
      { ...byId(body), as: 'bob' },
    ],
    INVALID_URI: byId({ ...body, query: { to_uri: 'viking://nowhere' } }),
    INVALID_ARGUMENT: {
      ...body,
      as: 'owner',
      async given(world) {
        const id = await watch(world);
        const other = 'viking://resources/watched-too';
        await watch(world, other);
        return { params: { id }, query: { to_uri: other } };
      },
    },
  };
}

function errorsByTarget(body: RouteCase = {}): CaseErrors {
  return {
    PERMISSION_DENIED: { ...body, as: 'root', query: { to_uri: OURS } },
    NOT_FOUND: [
      { ...body, query: { to_uri: 'viking://user/ann/resources/x' } },
      { ...body, query: { to_uri: 'viking://resources/not-watched' } },
      { ...byTarget(body), as: 'bob' },
    ],
    INVALID_URI: { ...body, query: { to_uri: 'viking://nowhere' } },
    INVALID_ARGUMENT: { ...body },
  };
}

const CHANGE = { json: { watch_interval: 30, is_active: false, reason: null } };
const CHANGED = { watch_interval: 30, is_active: false };
const TRIGGERED = { triggered: true, run_task_id: expect.any(String) };

export const watchCases: CasesOf<Names> = {
  watchList: {
    ok: {
      ...byTarget(),
      query: { active_only: 'false' },
      result: { tasks: expect.any(Array), total: expect.any(Number) },
    },
    errors: { ...errorsByTarget(), INVALID_ARGUMENT: { query: { active_only: 'x' } } },
  },
  watchGet: { ok: { ...byId(), result: { to_uri: OURS, watch_interval: 60 } }, errors: errorsById() },
  watchUpdate: { ok: { ...byId(CHANGE), result: CHANGED }, errors: errorsById(CHANGE) },
  watchTrigger: { ok: { ...byId(), result: TRIGGERED }, errors: errorsById() },
  watchRemove: { ok: { ...byId(), result: { to_uri: OURS, deleted: true } }, errors: errorsById() },
  watchUpdateByTarget: { ok: { ...byTarget(CHANGE), result: CHANGED }, errors: errorsByTarget(CHANGE) },
  watchTriggerByTarget: { ok: { ...byTarget(), result: TRIGGERED }, errors: errorsByTarget() },
  watchRemoveByTarget: {
    ok: { ...byTarget(), result: { to_uri: OURS, deleted: true } },
    errors: errorsByTarget(),
  },
};
