import type { ComponentHealth, SystemHealth } from '../../api/results.ts';
import type { Core } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import type { Principal } from '../../tenancy/index.ts';
import type { Handler } from '../ask.ts';

/** What a component says of itself: a line for every fact, and a line for everything that is wrong. */
interface Observed {
  readonly facts: readonly string[];
  readonly wrong: readonly string[];
}

/** `/api/v1/observer`: counts and health, nothing of anybody's content. */
export function observerRoutes(core: Core) {
  return {
    async observerSystem({ principal }): Promise<SystemHealth> {
      const names = Object.keys(COMPONENTS) as Component[];
      const observed = await Promise.all(names.map((name) => COMPONENTS[name](core, principal)));
      const components = names.map((name, place) => [name, healthOf(name, observed[place]!)] as const);
      const errors = names.flatMap((name, place) => observed[place]!.wrong.map((line) => `${name}: ${line}`));
      return {
        is_healthy: errors.length === 0,
        errors,
        components: Object.fromEntries(components),
      };
    },

    async observerComponent({ principal, params }): Promise<ComponentHealth> {
      const name = params['component'] ?? '';
      if (!isComponent(name)) {
        throw new VikingError('NOT_FOUND', `${JSON.stringify(name)}: no such component`, {
          hint: `There are ${Object.keys(COMPONENTS).join(', ')} and system.`,
        });
      }
      return healthOf(name, await COMPONENTS[name](core, principal));
    },
  } satisfies Record<string, Handler>;
}

type Component = 'queue' | 'vikingdb' | 'models' | 'lock' | 'retrieval' | 'filesystem';

function isComponent(name: string): name is Component {
  return Object.hasOwn(COMPONENTS, name);
}

function healthOf(name: Component, { facts, wrong }: Observed): ComponentHealth {
  const status = [...facts, ...wrong].join('\n');
  return { name, is_healthy: wrong.length === 0, has_errors: wrong.length > 0, status };
}

/** By the names of the reference. */
const COMPONENTS: Record<Component, (core: Core, principal: Principal) => Promise<Observed>> = {
  async queue(core) {
    const queues = Object.entries(await core.system.queues());
    return {
      facts: queues.map(
        ([name, { processed, error_count }]) => `${name}: ${processed} done, ${error_count} failed`,
      ),
      wrong: queues.flatMap(([name, { errors }]) => errors.map(({ message }) => `${name}: ${message}`)),
    };
  },

  async vikingdb(core, principal) {
    const { index } = await core.system.status(principal);
    const facts = [`${index.documents} documents, ${index.passages} passages`, `vectors: ${index.vectors}`];
    return { facts: [...facts, `embedder: ${index.embedder}`], wrong: [] };
  },

  async models(core, principal) {
    const { endpoints } = await core.system.models(principal);
    const { models } = await core.system.status(principal);
    return {
      facts: [`embedding: ${models.embedding}`, `chat: ${models.chat}`],
      wrong: endpoints
        .filter(({ state }) => state === 'failing' || state === 'paused')
        .map(({ kind, model, state }) => `${kind} ${model}: ${state}`),
    };
  },

  // A file is replaced whole, so that nothing is locked between two requests.
  lock: async () => ({ facts: ['no lock is held between requests'], wrong: [] }),

  async retrieval(core, principal) {
    const { state, pending } = (await core.system.status(principal)).index.freshness;
    return { facts: [`index: ${state}, ${pending} pending`], wrong: [] };
  },

  async filesystem(core, principal) {
    const { layers, mounts, jobs } = await core.system.status(principal);
    return {
      facts: [
        `${layers.directories} directories, ${layers.pending} layers pending`,
        `${mounts.length} mounts`,
        `${jobs.pending} jobs pending, ${jobs.running} running`,
      ],
      wrong: layers.model_blocked === undefined ? [] : [`layers wait: ${layers.model_blocked}`],
    };
  },
};
