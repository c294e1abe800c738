import type { WatchResult } from '../../api/results.ts';
import { watchListQuery, watchTargetQuery, watchUpdateBody } from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import type { Ask, Handler } from '../ask.ts';

/** `/api/v1/watches`. A watch is named by its id, by its target (`?to_uri=`), or by both if they agree. */
export function watchRoutes(core: Core) {
  const byTarget = async ({ principal }: Ask, text: string): Promise<WatchResult> => {
    const uri = String(core.files.parseUri(principal, text));
    const found = (await core.watches.list(principal, false)).find((watch) => watch.to_uri === uri);
    if (found === undefined) throw new VikingError('NOT_FOUND', `${uri}: not watched`);
    return found;
  };

  const named = async (ask: Ask): Promise<WatchResult> => {
    const id = ask.params['id'];
    const { to_uri } = ask.query(watchTargetQuery);
    if (id === undefined && to_uri === undefined) {
      throw new VikingError('INVALID_ARGUMENT', 'to_uri: required when no id is given');
    }
    const watch = id === undefined ? await byTarget(ask, to_uri!) : await core.watches.get(ask.principal, id);
    if (id !== undefined && to_uri !== undefined && (await byTarget(ask, to_uri)).task_id !== id) {
      throw new VikingError('INVALID_ARGUMENT', `to_uri ${to_uri}: belongs to another watch than ${id}`);
    }
    return watch;
  };

  const update: Handler = async (ask) => {
    const b = await ask.body(watchUpdateBody);
    const { task_id } = await named(ask);
    return core.watches.update(ask.principal, task_id, {
      ...(b.watch_interval === undefined ? {} : { intervalMinutes: b.watch_interval }),
      ...(b.is_active === undefined ? {} : { isActive: b.is_active }),
      ...(b.reason === undefined ? {} : { reason: b.reason }),
      ...(b.instruction === undefined ? {} : { instruction: b.instruction }),
    });
  };
  const remove: Handler = async (ask) => {
    const watch = await named(ask);
    await core.watches.remove(ask.principal, watch.task_id);
    return { task_id: watch.task_id, to_uri: watch.to_uri, deleted: true };
  };
  const trigger: Handler = async (ask) => {
    const watch = await named(ask);
    const task = await core.watches.trigger(ask.principal, watch.task_id);
    return { ...watch, triggered: true, run_task_id: task.task_id };
  };

  return {
    async watchList(ask) {
      const q = ask.query(watchListQuery);
      if (q.to_uri !== undefined) return byTarget(ask, q.to_uri);
      const tasks = await core.watches.list(ask.principal, q.active_only);
      return { tasks, total: tasks.length };
    },
    watchGet: named,
    watchUpdate: update,
    watchUpdateByTarget: update,
    watchRemove: remove,
    watchRemoveByTarget: remove,
    watchTrigger: trigger,
    watchTriggerByTarget: trigger,
  } satisfies Record<string, Handler>;
}
