import type { MountResult, QueueState, RerankState, StatusResult } from '../api/results.ts';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import type { Remote } from '../base/worker-call.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { ModelWave } from '../layers/index.ts';
import type { Models } from '../models/index.ts';
import type { JobJournal } from '../records/contract.ts';
import { type Principal, userOfSpace } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { Changes } from './changes.ts';
import type { CoreSystem, ReindexMode } from './core.ts';
import { failuresOfNow } from './failed-jobs.ts';
import type { Guard } from './guard.ts';
import type { VectorWave } from './model-vectors.ts';
import { modelsResult } from './models-result.ts';
import { contentPath } from './namespace.ts';
import { type CoreOptions, VERSION } from './options.ts';
import { asTask, cancelTask, listTasks, readTask } from './tasks.ts';
import { whileEndpointAnswers } from './while-endpoint-answers.ts';
import type { TextWorkerFunctions } from './worker/contract.ts';

/** Kind and lane of jobs that rebuild the index of a subtree. */
const REINDEX = 'reindex';

/** Longest a caller of `wait` waits when it names no bound of its own. */
const WAIT_MS = 600_000;

export interface SystemOptions {
  readonly core: CoreOptions;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly worker: Remote<TextWorkerFunctions>;
  readonly jobs: JobJournal;
  readonly content: ContentStore;
  readonly guard: Guard;
  readonly models: Models;
  /** Undefined unless answers are reranked. */
  reranked(): RerankState | undefined;
  readonly modelLayers: ModelWave | undefined;
  readonly modelVectors: VectorWave | undefined;
}

export function createSystem(options: SystemOptions): CoreSystem {
  const { worker, jobs, changes, clock, models, modelLayers, modelVectors } = options;
  const startedAt = clock.now();

  async function settle(): Promise<Readonly<Record<string, QueueState>>> {
    // Jobs write content, content makes index work: drain in that order.
    await jobs.idle();
    changes.settle();
    // One thread does both; layers that are waited for would no longer give way to the index.
    await worker.flushIndex();
    await worker.flushLayers();
    await Promise.all([
      whileEndpointAnswers(models, 'chat', modelLayers && settleModelLayers()),
      whileEndpointAnswers(models, 'embedding', modelVectors?.settled()),
    ]);
    return queues();
  }

  async function queues(): Promise<Readonly<Record<string, QueueState>>> {
    const [index, layers, failed] = await Promise.all([
      worker.indexStatus(),
      worker.layersStatus(),
      failuresOfNow(jobs, options.content, clock.now()),
    ]);
    return {
      Jobs: queueState(0, failed, 'jobs that failed'),
      Semantic: queueState(layers.directories, 0),
      Embedding: queueState(index.documents, index.failed, 'entries that could not be indexed'),
    };
  }

  /** A description changes what the directory above says: both waves end together, or the endpoint is not well. */
  async function settleModelLayers(): Promise<void> {
    if (modelLayers === undefined) return;
    for (;;) {
      await modelLayers.settled();
      if (modelLayers.blocked !== undefined || (await worker.layersStatus()).pending === 0) return;
      await worker.flushLayers();
    }
  }

  jobs.handle(REINDEX, async (job) => {
    const { path, mode } = job.payload as { path: string; mode?: ReindexMode };
    return rebuild(path, mode);
  });

  async function rebuild(path: string, mode: ReindexMode = 'vectors_only') {
    changes.report([path], 'door');
    if (mode === 'prune_orphans') {
      changes.settle();
      await worker.flushIndex();
      const { documents, passages } = await worker.indexStatus();
      return { documents, passages };
    }
    if (mode === 'semantic_and_vectors') await dropLayers(path);
    const outcome = await worker.reindex(path);
    if (mode === 'semantic_and_vectors') await worker.flushLayers();
    return outcome;
  }

  /** Pinned layers are content and stay; the directories above say something of this one, and are built anew by it. */
  async function dropLayers(path: string): Promise<void> {
    const found = await options.content.stat(path);
    if (found?.kind !== 'directory') return;
    for await (const entry of options.content.walk(path))
      if (entry.kind === 'directory') await worker.dropLayer(entry.path);
    await worker.dropLayer(path);
  }

  /** Content path of an entry that is there. @throws NOT_FOUND, PERMISSION_DENIED */
  async function existing(principal: Principal, uri: VikingUri): Promise<string> {
    // Not by name alone: behind a symlink, whether there is an entry is nobody's to ask.
    await options.guard(principal, uri, 'read');
    const path = contentPath(principal, uri);
    if ((await options.content.stat(path)) === undefined)
      throw new VikingError('NOT_FOUND', `${uri}: no such entry`, { details: { uri: String(uri) } });
    return path;
  }

  /** What is gone from content is what pruning is for. */
  async function target(
    principal: Principal,
    uri: VikingUri,
    mode: ReindexMode | undefined,
  ): Promise<string> {
    if (mode !== 'prune_orphans') return existing(principal, uri);
    await options.guard(principal, uri, 'read');
    return contentPath(principal, uri);
  }

  return {
    async status(principal) {
      const [index, layers] = await Promise.all([worker.indexStatus(), worker.layersStatus()]);
      const { core } = options;
      return {
        initialized: true,
        user: principal.user,
        account: principal.account,
        version: VERSION,
        pid: process.pid,
        home: core.home,
        uptime: Math.round((clock.now() - startedAt) / 1000),
        index: {
          freshness: index.freshness,
          documents: index.documents,
          passages: index.passages,
          embedder: index.embedder,
          vectors: index.vectors,
          model_vectors: {
            mode: index.modelVectors.mode,
            serving: index.modelVectors.serving ?? null,
            gathering: index.modelVectors.gathering ?? null,
          },
        },
        layers: {
          directories: layers.directories,
          pending: layers.pending,
          awaiting_model: layers.awaitingModel,
          ...(modelLayers?.blocked === undefined ? {} : { model_blocked: modelLayers.blocked }),
        },
        jobs: jobs.counts(),
        mounts: (core.mounts?.() ?? []).filter((mount) => maySee(principal, mount)),
        models: {
          embedding: models.remote?.model ?? 'embedded',
          chat: models.chat?.model ?? 'none',
          rerank: options.reranked() ?? null,
        },
      } satisfies StatusResult;
    },
    wait: (_principal, timeoutMs = WAIT_MS) =>
      withDeadline(settle(), timeoutMs, 'waiting for index, layers and jobs'),
    queues,
    reindex: async (principal, uri, mode) => rebuild(await target(principal, uri, mode), mode),
    async reindexable(principal, uri) {
      const path = await existing(principal, uri);
      if ((await options.content.stat(path))?.kind !== 'directory') return 1;
      let files = 0;
      for await (const entry of options.content.walk(path)) if (entry.kind === 'file') files += 1;
      return files;
    },
    async reindexLater(principal, uri, mode) {
      const path = await target(principal, uri, mode);
      const { account, user } = principal;
      const payload = {
        account,
        user,
        resource_id: String(uri),
        path,
        ...(mode === undefined ? {} : { mode }),
      };
      return asTask(await jobs.enqueue({ kind: REINDEX, lane: REINDEX, payload }));
    },
    models: async (_principal, { probe = false } = {}) => {
      const endpoints = probe ? await models.probe() : models.health();
      const { modelVectors: vectors } = await worker.indexStatus();
      return { ...modelsResult(endpoints, models.usage(), vectors), rerank: options.reranked() ?? null };
    },
    tasks: (principal, limit = 50) => listTasks(jobs, principal, limit),
    task: (principal, id) => readTask(jobs, principal, id),
    cancelTask: (principal, id) => cancelTask(jobs, principal, id),
  };
}

/** Where others mount what is theirs is nobody's business but the daemon's owner's. */
function maySee(principal: Principal, mount: MountResult): boolean {
  return (
    principal.role === 'root' ||
    (mount.account === principal.account && mount.user === userOfSpace(principal.user))
  );
}

/**
 * Nothing goes back into a queue: what fails is tried again in its place. Everybody may ask, so failures are counted: whose
 * file it is, and why, is in the daemon's log.
 */
function queueState(processed: number, errorCount: number, whatFailed = 'failures'): QueueState {
  const errors =
    errorCount === 0 ? [] : [{ message: `${whatFailed}: ${errorCount}, named in the daemon's log` }];
  return { processed, requeue_count: 0, error_count: errorCount, errors };
}
