import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { addResource, fetchSource, isRemoteSource, type SkippedEntry, sourceError } from '../ingest/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { MAGIC_NAMES, VikingUri } from '../uri/index.ts';
import type { Changes } from './changes.ts';
import type { AddResourceOptions, CoreResources } from './core.ts';
import { createFetchTurns } from './fetch-turns.ts';
import { type Guard, reservedName } from './guard.ts';
import { contentPath } from './namespace.ts';

/** What is not worth a warning: everybody expects it. */
const EXPECTED_SKIPS: ReadonlySet<string> = new Set([
  '.gitignore',
  'ignored directory',
  'not included',
  'excluded',
]);

export interface ResourcesOptions {
  readonly content: ContentStore;
  readonly guard: Guard;
  readonly changes: Changes;
  readonly stagingDir: string;
  /** Whether files are fetched from this machine's networks too. */
  readonly privateSources: boolean;
  /** The end of the core, which is the end of every fetch. */
  readonly stopping: AbortSignal;
  indexed(): Promise<void>;
}

export function createResources(options: ResourcesOptions): CoreResources {
  const { content, guard, changes, stagingDir } = options;
  const turns = createFetchTurns();

  /** Runs `work` on the fetched file, which is on this machine only so long. */
  async function withFetched<T>(
    principal: Principal,
    { source, how }: { readonly source: string; readonly how: AddResourceOptions },
    work: (path: string) => Promise<T>,
  ): Promise<T> {
    const signals = [options.stopping, ...(how.signals ?? [])];
    const fetchAndWork = async () => {
      const fetched = await fetchSource(source, {
        stagingDir,
        allowPrivate: options.privateSources,
        signals,
      });
      return work(fetched.path).finally(fetched.close);
    };
    return how.byJob === true ? fetchAndWork() : turns.run(principal, fetchAndWork);
  }

  return {
    async add(principal, source, how = {}) {
      const place = target(how);
      assertHoldsResources(place.container);
      const real = await guard(principal, place.container, 'read');
      assertHoldsResources(real);
      if (place.name !== undefined) {
        if (MAGIC_NAMES.has(place.name)) throw reservedName(place.container.join(place.name), place.name);
        await guard(principal, place.container.join(place.name), 'write', { follow: false });
      }
      const container = contentPath(principal, place.container);
      const checked = { real: contentPath(principal, real) };
      await prepareContainer(content, principal, { container: place.container, how, checked });
      const ingest = (path: string) =>
        content.within(container, checked, (directory) =>
          addResource({
            source: path,
            container: directory,
            stagingDir,
            ...(place.name === undefined ? {} : { name: place.name }),
            ...(how.include === undefined ? {} : { include: how.include }),
            ...(how.exclude === undefined ? {} : { exclude: how.exclude }),
            ...(how.strict === true ? { skipOnly: EXPECTED_SKIPS } : {}),
            ...(how.ignoreDirs === undefined ? {} : { ignoreDirs: how.ignoreDirs }),
          }),
        );
      const outcome = await (isRemoteSource(source)
        ? withFetched(principal, { source, how }, ingest)
        : ingest(source)
      ).catch((error: unknown) => {
        throw sourceError(error, { source, stagingDir });
      });
      changes.report([`${container}/${outcome.name}`], 'door');
      if (how.wait === true) await options.indexed();
      const unexpected = outcome.skipped.filter((entry) => !EXPECTED_SKIPS.has(entry.reason));
      return {
        status: 'success',
        root_uri: String(place.container.join(outcome.name)),
        files: outcome.files,
        bytes: outcome.bytes,
        skipped: outcome.skipped,
        warnings: unexpected.map(warning),
      };
    },
  };
}

interface Target {
  readonly container: VikingUri;
  readonly name?: string;
}

/** Where the resource goes: exactly `to`, or a free name under `parent` or `viking://resources`. */
function target(how: AddResourceOptions): Target {
  if (how.to !== undefined && how.parent !== undefined) {
    throw new VikingError('INVALID_ARGUMENT', 'give either "to" or "parent", not both');
  }
  if (how.to !== undefined) return { container: how.to.parent(), name: how.to.name };
  const container = how.parent ?? VikingUri.resources();
  return how.sourceName === undefined ? { container } : { container, name: how.sourceName };
}

/** A resource is brought to its source's state, what the source has not is removed: no tree of another kind is that. */
function assertHoldsResources(container: VikingUri): void {
  const below = container.segments.slice(container.segments[2] === 'peers' ? 4 : 2);
  if (container.scope === 'resources' || (container.scope === 'user' && below[0] === 'resources')) return;
  throw new VikingError('INVALID_URI', `${container}: resources do not go here`, {
    hint: 'Use viking://resources/… or viking://user/resources/….',
  });
}

async function prepareContainer(
  content: ContentStore,
  principal: Principal,
  {
    container,
    how,
    checked,
  }: {
    readonly container: VikingUri;
    readonly how: AddResourceOptions;
    readonly checked: { readonly real: string };
  },
): Promise<void> {
  const path = contentPath(principal, container);
  const entry = await content.stat(path);
  if (entry?.kind === 'directory') return;
  if (entry !== undefined) throw new VikingError('NOT_DIRECTORY', `${container}: not a directory`);
  if (how.parent !== undefined && how.createParent !== true) {
    throw new VikingError('NOT_FOUND', `${container}: no such directory`, { hint: 'Create it with -p.' });
  }
  await content.mkdir(path, checked);
}

function warning(entry: SkippedEntry): string {
  return `${entry.path}: skipped (${entry.reason})`;
}
