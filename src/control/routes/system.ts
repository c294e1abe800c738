import { isAbsolute } from 'node:path';
import { openApiDocument } from '../../api/openapi.ts';
import type { MountResult } from '../../api/results.ts';
import {
  linkBody,
  modelsQuery,
  mountBody,
  stopBody,
  tasksQuery,
  unlinkBody,
  unmountBody,
  uriQuery,
  waitBody,
} from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import { toVikingError, VikingError } from '../../errors/index.ts';
import { type AuthMode, type Principal, userOfSpace } from '../../tenancy/index.ts';
import { assertIdentity } from '../../uri/index.ts';
import { type Handler, NOBODY, RawAnswer } from '../ask.ts';
import type { Metrics } from '../metrics.ts';
import type { MountsControl } from '../mounts.ts';

/** Most tasks looked through when the list is filtered. */
const TASKS_SCANNED = 10_000;

export interface SystemRoutesOptions {
  readonly core: Core;
  readonly mounts: MountsControl;
  readonly version: string;
  readonly metrics: Metrics;
  readonly authMode?: AuthMode;
  onStop(): void;
}

/** `/health`, `/ready`, `/api/v1/system` */
export function systemRoutes(options: SystemRoutesOptions) {
  const { core, mounts, version, metrics, authMode = 'local', onStop } = options;
  let description: string | undefined;
  return {
    async health({ owner }) {
      const { account, role } = owner;
      const user = userOfSpace(owner.user);
      return RawAnswer.json(200, {
        status: 'ok',
        healthy: true,
        version,
        auth_mode: authMode,
        ...(owner === NOBODY ? {} : { account_id: account, user_id: user, role }),
      });
    },

    async ready({ owner }) {
      try {
        const status = await core.system.status(owner);
        return RawAnswer.json(200, {
          status: 'ready',
          checks: {
            agfs: 'ok',
            vectordb: status.index.freshness.state,
            api_key_manager: 'not_configured',
            embedding: status.models.embedding,
            ollama: 'not_configured',
          },
        });
      } catch (error) {
        return RawAnswer.json(503, { status: 'not_ready', checks: { agfs: toVikingError(error).message } });
      }
    },

    async metrics({ principal }) {
      const text = metrics.text(await core.system.status(principal));
      return new RawAnswer(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, text);
    },

    async openapi() {
      description ??= JSON.stringify(openApiDocument(version));
      return new RawAnswer(200, { 'content-type': 'application/json' }, description);
    },

    systemStatus: ({ principal }) => core.system.status(principal),

    async systemWait({ principal, body }) {
      const { timeout } = await body(waitBody);
      return core.system.wait(principal, timeout === undefined ? undefined : timeout * 1_000);
    },

    async systemStop({ owner, body, afterAnswer }) {
      await body(stopBody);
      if (owner.role === 'user')
        throw new VikingError('PERMISSION_DENIED', 'the daemon is stopped by its owner');
      afterAnswer(onStop);
      return { stopping: true, pid: process.pid };
    },

    systemModels: ({ principal, query }) =>
      core.system.models(principal, { probe: query(modelsQuery).probe === true }),

    systemErrors: async ({ principal }) => core.journal.errors(principal),
    systemEvents: async ({ principal }) => core.journal.events(principal),

    mountList: async ({ owner }) => mounts.list().filter((mount) => isTheirs(owner, mount)),

    async mountAdd({ owner, body }) {
      const b = await body(mountBody);
      assertAbsolute(b.mountpoint);
      if (b.actor_peer !== undefined) assertIdentity(b.actor_peer, 'actor peer');
      return mounts.mount(owner, {
        mountpoint: b.mountpoint,
        ...(b.driver === undefined ? {} : { driver: b.driver }),
        ...(b.allow_other === undefined ? {} : { allowOther: b.allow_other }),
        ...(b.read_only === undefined ? {} : { readOnly: b.read_only }),
        ...(b.actor_peer === undefined ? {} : { actorPeer: b.actor_peer }),
      });
    },

    async mountRemove({ owner, body }) {
      const { mountpoint } = await body(unmountBody);
      const known = mounts.list().find((mount) => mount.mountpoint === mountpoint);
      if (known !== undefined && !isTheirs(owner, known)) {
        throw new VikingError('PERMISSION_DENIED', `${mountpoint}: mounted by somebody else`);
      }
      await mounts.unmount(mountpoint);
      return { mountpoint };
    },
  } satisfies Record<string, Handler>;
}

/** The daemon's working directory is nothing a caller knows. @throws INVALID_ARGUMENT */
function assertAbsolute(mountpoint: string): void {
  if (isAbsolute(mountpoint)) return;
  throw new VikingError('INVALID_ARGUMENT', `mountpoint ${JSON.stringify(mountpoint)} is relative`, {
    hint: 'Give an absolute path of the machine the daemon runs on.',
  });
}

function isTheirs(owner: Principal, mount: MountResult): boolean {
  return owner.role === 'root' || (mount.account === owner.account && mount.user === userOfSpace(owner.user));
}

/** `/api/v1/relations` */
export function relationRoutes(core: Core) {
  return {
    async relationList({ principal, query }) {
      return core.relations.list(principal, core.files.parseUri(principal, query(uriQuery).uri));
    },

    async relationLink({ principal, body }) {
      const b = await body(linkBody);
      const from = core.files.parseUri(principal, b.from_uri);
      const to = b.to_uris.map((text) => core.files.parseUri(principal, text));
      await core.relations.link(principal, from, to, b.reason);
      return { from: String(from), to: to.map(String), reason: b.reason };
    },

    async relationUnlink({ principal, body }) {
      const b = await body(unlinkBody);
      const from = core.files.parseUri(principal, b.from_uri);
      const to = core.files.parseUri(principal, b.to_uri);
      await core.relations.unlink(principal, from, to);
      return { from: String(from), to: String(to) };
    },
  } satisfies Record<string, Handler>;
}

/** `/api/v1/tasks` */
export function taskRoutes(core: Core) {
  return {
    async taskList({ principal, query }) {
      const q = query(tasksQuery);
      const filtered = q.task_type !== undefined || q.status !== undefined || q.resource_id !== undefined;
      const tasks = await core.system.tasks(principal, filtered ? TASKS_SCANNED : q.limit);
      return tasks
        .filter(
          (task) =>
            (q.task_type === undefined || task.task_type === q.task_type) &&
            (q.status === undefined || task.status === q.status) &&
            (q.resource_id === undefined || task.resource_id === q.resource_id),
        )
        .slice(0, q.limit);
    },

    taskCancel: ({ principal, params }) => core.system.cancelTask(principal, params['id'] ?? ''),

    taskGet: ({ principal, params }) => core.system.task(principal, params['id'] ?? ''),
  } satisfies Record<string, Handler>;
}
