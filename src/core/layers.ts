import type { Freshness, LayerResult, LayerStateResult } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import type { Remote } from '../base/worker-call.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { LayerState } from '../layers/contract.ts';
import { assertAccess, isVisible, type Principal } from '../tenancy/index.ts';
import { ABSTRACT, LAYER_FILES, OVERVIEW, type VikingUri } from '../uri/index.ts';
import type { Changes } from './changes.ts';
import { composedParts, composeLayer } from './composed-layer.ts';
import type { CoreLayers, LayerLevel } from './core.ts';
import { freshLayer } from './fresh-layer.ts';
import type { Guard } from './guard.ts';
import { contentPath, pathUri } from './namespace.ts';
import type { TextWorkerFunctions } from './worker/contract.ts';

/** Time a reader gives the embedded builder before it takes the best layer there is. */
const BUILD_BUDGET_MS = 1_500;

/** A layer is read by people and prompts; anything longer is a file. */
const PIN_LIMIT_BYTES = 64 * 1024;

const TAGS_MOST = 12;

export interface LayersOptions {
  readonly content: ContentStore;
  readonly guard: Guard;
  readonly worker: Remote<TextWorkerFunctions>;
  readonly changes: Changes;
  /** Why the model does not go on, if it does not. */
  modelBlocked(): string | undefined;
  /** Generated layers of a directory, by its content path. */
  listed(directory: string): readonly LayerLevel[];
}

export function createLayers(options: LayersOptions): CoreLayers {
  const { content, guard, worker, changes } = options;

  async function directory(principal: Principal, uri: VikingUri): Promise<string> {
    await guard(principal, uri, 'read');
    const path = contentPath(principal, uri);
    const entry = await content.stat(path);
    if (entry === undefined) throw new VikingError('NOT_FOUND', `${uri}: no such entry`);
    return entry.kind === 'directory' ? path : contentPath(principal, uri.parent());
  }

  /**
   * While many changes come in, what was built before is served as it is: every `rm -r` looks at the layers it removes,
   * and `git` or `tar` would compete for the processors with the building of what they change next.
   */
  async function layerOf(path: string, level: LayerLevel, isAwaited: boolean) {
    if (changes.isBehind(path)) {
      if (!isAwaited && changes.inBurst() && options.listed(path).length > 0)
        return worker.readLastLayer(path, level);
      changes.settle();
    }
    return worker.readLayer(path, level, BUILD_BUDGET_MS);
  }

  /** Freshness as the worker knows it, which has not heard of hints that are still being gathered. */
  function told<T extends Freshness>(path: string, freshness: T): T | 'stale' {
    return freshness === 'fresh' && changes.isBehind(path) ? 'stale' : freshness;
  }

  async function read(
    principal: Principal,
    uri: VikingUri,
    level: LayerLevel,
    isAwaited = false,
  ): Promise<LayerResult> {
    if (composedParts(principal, uri) !== undefined) return composed(principal, uri, level);
    await guard(principal, uri, 'read');
    const path = contentPath(principal, uri);
    const entry = await content.stat(path);
    if (entry === undefined) throw new VikingError('NOT_FOUND', `${uri}: no such entry`);
    const layer = await (entry.kind === 'directory'
      ? layerOf(path, level, isAwaited)
      : worker.readFileLayer(path, level));
    return {
      uri: String(uri),
      text: layer.text,
      freshness: layer.freshness,
      made_by: layer.madeBy,
      ...(layer.madeAt === 0 ? {} : { made_at: isoTime(layer.madeAt) }),
      ...(layer.stamp === undefined ? {} : { stamp: layer.stamp }),
      ...(layer.awaitsModel === undefined ? {} : { awaits_model: true }),
    };
  }

  async function composed(principal: Principal, uri: VikingUri, level: LayerLevel): Promise<LayerResult> {
    assertAccess(principal, uri, 'read');
    const text = await composeLayer(
      principal,
      uri,
      level,
      async (part) => (await read(principal, part, 'abstract')).text,
    );
    return { uri: String(uri), text, freshness: 'fresh', made_by: 'embedded' };
  }

  return {
    read: (principal, uri, level) => read(principal, uri, level),
    readFresh: (principal, uri, level, timeoutMs) =>
      freshLayer(() => read(principal, uri, level, true), {
        what: `${level} of ${uri}`,
        blocked: options.modelBlocked,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),
    listed(principal, uri) {
      assertAccess(principal, uri, 'read');
      return options.listed(contentPath(principal, uri)).map(fileOf);
    },
    async pin(principal, uri, level, text) {
      if (composedParts(principal, uri) !== undefined) {
        throw new VikingError(
          'PERMISSION_DENIED',
          `${uri}: described anew for each reader, so it cannot be pinned`,
        );
      }
      const path = await directory(principal, uri);
      if (Buffer.byteLength(text) > PIN_LIMIT_BYTES) {
        throw new VikingError('TOO_LARGE', `${uri}: a layer has at most ${PIN_LIMIT_BYTES} bytes`);
      }
      const file = `${path}/${fileOf(level)}`;
      // A copied directory carries copies of generated layers; they are nobody's statement about the copy.
      if (await worker.isGenerated(text)) await content.remove(file);
      else await content.write(file, text);
      changes.report([file], 'door');
    },
    async unpin(principal, uri, level) {
      const path = await directory(principal, uri);
      await content.remove(`${path}/${fileOf(level)}`);
      await worker.dropLayer(path, level);
      changes.report([`${path}/${fileOf(level)}`], 'door');
    },
    async tags(principal, uri) {
      if (composedParts(principal, uri) !== undefined) return [];
      await guard(principal, uri, 'read');
      return (await worker.terms(contentPath(principal, uri))).slice(0, TAGS_MOST);
    },
    async state(principal, uri) {
      const path = await directory(principal, uri);
      const state = await worker.layerState(path);
      return stateResult({ ...state, freshness: told(path, state.freshness) });
    },
    async freshness(principal, uri) {
      const path = await directory(principal, uri);
      return told(path, await worker.layerFreshness(path));
    },
    async meta(principal, uri) {
      const path = await directory(principal, uri);
      const [all, freshness] = await Promise.all([content.list(path), worker.layerFreshness(path)]);
      const pinned = all.map((entry) => entry.name).filter((name) => LAYER_FILES.has(name));
      const built = [...new Set([...pinned, ...options.listed(path).map(fileOf)])].sort();
      const entries = all.filter((entry) => isVisible(principal, pathUri(entry.path)?.uri ?? uri));
      return {
        uri: String(uri),
        context_type: uri.contextType,
        files: entries.filter((entry) => entry.kind === 'file').length,
        directories: entries.filter((entry) => entry.kind === 'directory').length,
        layers: { freshness, built },
      };
    },
  };
}

function stateResult({
  freshness,
  madeBy,
  madeAt,
  stamp,
  awaitsModel,
  sampled,
}: LayerState): LayerStateResult {
  return {
    freshness,
    ...(madeBy === undefined ? {} : { made_by: madeBy }),
    ...(madeAt === undefined ? {} : { made_at: isoTime(madeAt) }),
    ...(madeBy === 'model' && stamp !== undefined ? { model: stamp.by } : {}),
    ...(stamp === undefined ? {} : { stamp: stamp.from }),
    ...(awaitsModel === undefined ? {} : { awaits_model: true }),
    ...(sampled === undefined ? {} : { sampled }),
  };
}

function fileOf(level: LayerLevel): string {
  return level === 'abstract' ? ABSTRACT : OVERVIEW;
}
