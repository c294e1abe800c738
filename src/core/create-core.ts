import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { openContent, watchContent } from '../content/index.ts';
import { isVikingError, toVikingError, VikingError } from '../errors/index.ts';
import { createMemory, loadCategories } from '../memory/index.ts';
import { openModels } from '../models/index.ts';
import { openJournal, openStore } from '../records/index.ts';
import { createRetrieval } from '../retrieval/index.ts';
import { createSessions } from '../sessions/index.ts';
import { openTenancy, type Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { createActiveCounts } from './active-counts.ts';
import { createAdmin } from './admin.ts';
import { allTags } from './all-tags.ts';
import { createAttributes } from './attributes.ts';
import { createChanges } from './changes.ts';
import type { Core, CoreSearch, CoreTree } from './core.ts';
import { createExtract } from './extract.ts';
import { createFiles } from './files.ts';
import { createFrames } from './frames.ts';
import { createGoneEntries } from './gone-entries.ts';
import { createGuard } from './guard.ts';
import { createJournal } from './journal.ts';
import { createLayers } from './layers.ts';
import { createMemories } from './memories.ts';
import { openModelLayers } from './model-layers.ts';
import { startVectorWave } from './model-vectors.ts';
import { createUsageStore } from './models.ts';
import { contentPath, pathUri } from './namespace.ts';
import { type CoreOptions, RECORDS_FORMAT, VERSION } from './options.ts';
import { assertNothingLost } from './policy-change.ts';
import { queryVectors } from './query-vectors.ts';
import { forgetRecords, moveRecords } from './records-by-path.ts';
import { createRelations } from './relations.ts';
import { handleRemovals } from './removals.ts';
import { createReranking } from './reranking.ts';
import { createResources } from './resources.ts';
import { createSearch } from './search.ts';
import { createSessionSearch } from './search-session.ts';
import { createSkills } from './skills.ts';
import { createSummarise } from './summarise.ts';
import { createSystem } from './system.ts';
import { searchUsedFirst } from './used-first.ts';
import { searchWithVectors } from './vector-search.ts';
import { createWatches } from './watches.ts';
import { startTextWorker } from './worker/start.ts';

/** A larger file is in a block of context by its abstract only. */
const CONTEXT_MOST_BYTES = 1024 * 1024;

/** How often sessions are looked at that commit when nobody speaks (the reference's figure). */
const COMMIT_DUE_MS = 60_000;

/**
 * Opens a home and everything in it. Resolves when reads and writes are served; the index may still be catching up
 * with changes made while no daemon ran, and says so.
 * @throws CONFLICT when another daemon holds the home, CORRUPT when the record store is damaged
 */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { log, home } = options;
  const clock = options.clock ?? systemClock;
  const stagingDir = options.stagingDir ?? join(home, 'staging');
  await mkdir(home, { recursive: true, mode: 0o700 });
  // The record store's lock decides who owns the home, so it comes before anything is touched.
  const store = await openStore({ dir: options.recordsDir ?? join(home, 'records'), format: RECORDS_FORMAT });
  const tenancy = await openTenancy(store, clock);
  const content = await openContent(options.contentDir ?? join(home, 'content'), {
    stagingDir,
    readCached: options.readCached,
    copyAttributes: options.copyAttributes,
  });
  const frames = createFrames(content);
  await tenancy.register(options.account);
  await frames.prepare(options);
  // Every call to a network is made here, on the main thread; the text worker only ever reads and computes.
  const models = await openModels(options.models ?? {}, {
    store: createUsageStore(store),
    clock,
    log,
    ...(options.modelPace === undefined ? {} : { pace: options.modelPace }),
  });
  const worker = await startTextWorker(
    {
      contentDir: content.dir,
      indexDir: options.indexDir ?? join(home, 'index'),
      logLevel: options.logLevel,
    },
    {
      log,
      spawn: options.spawnWorker,
      onListed: (directories) => changes.listed(directories),
      onBuilt: (directories) => changes.built(directories),
    },
  );

  const modelLayers = openModelLayers({
    models,
    worker,
    log,
    longestWaitMs: options.modelPace?.longestWaitMs,
  });
  const modelVectors = startVectorWave({
    models,
    worker: worker.calls,
    log,
    longestWaitMs: options.modelPace?.longestWaitMs,
  });
  const journal = createJournal(clock);
  const changes = createChanges({
    touch(paths) {
      void worker.calls.touch(paths).catch(() => undefined);
      modelVectors?.wake();
    },
    event: (account, uri, origin) => journal.emit(account, uri, { type: 'changed', origin }),
  });
  const stopping = new AbortController();
  const indexed = async () => {
    changes.settle();
    await worker.calls.flushIndex().catch(async (error: unknown) => {
      if (!isVikingError(error) || error.code !== 'UNAVAILABLE') throw error;
      // The next worker looks at all content before it is flushed.
      await worker.running();
      await worker.calls.flushIndex();
    });
  };
  const jobs = await openJournal(store, { log, clock });
  const counts = createActiveCounts(store);
  const index = {
    search: searchWithVectors(
      worker.calls,
      models.remote === undefined ? undefined : queryVectors(models.remote),
    ),
  };
  const retrieval = createRetrieval({
    index: {
      search: searchUsedFirst(index.search, counts),
      abstracts: (directories) => worker.calls.abstracts(directories),
    },
    content,
  });
  const memory = createMemory({
    content,
    clock,
    log,
    ...(models.chat === undefined ? {} : { chat: models.chat }),
    categories: await loadCategories(options.memoryTemplatesDir ?? join(home, 'memory-templates')),
    async find(principal, directory, text, limit) {
      const query = { text, within: [contentPath(principal, directory)], limit };
      const { hits } = await index.search(query);
      return hits.map((hit) => ({ uri: String(pathUri(hit.path)!.uri), score: hit.score }));
    },
    onChanged: (uri, principal) => changes.report([contentPath(principal, uri)], 'door'),
  });
  const guard = createGuard(content);
  const attributes = createAttributes({ store, content, guard });
  const sessions = createSessions({
    content,
    journal: jobs,
    clock,
    log,
    extract: createExtract({
      memory,
      tenancy,
      stopping: stopping.signal,
      indexed,
      log,
      tag: (principal, uri, tags) =>
        attributes.setTags(principal, uri, { tags, mode: 'append', recursive: false }),
    }),
    summarise: createSummarise(models.chat, log),
    memoryTypes: memory.categories,
    onChanged: (uri, principal) => changes.report([contentPath(principal, uri)], 'door'),
    bumpActive: (principal, uris, settlement) => counts.settle(principal, uris, settlement),
  });
  const layers = createLayers({
    content,
    guard,
    worker: worker.calls,
    changes,
    modelBlocked: () => modelLayers?.blocked,
    listed: (directory) => worker.listed(directory),
  });
  const gone = createGoneEntries({ store, content, log });
  const tree: CoreTree = {
    contentDir: content.dir,
    path: (principal, uri) => content.resolve(contentPath(principal, uri)),
    changed: (principal, uri) => changes.report([contentPath(principal, uri)], 'mount'),
    renamed: (principal, from, to) => gone.renamed(contentPath(principal, from), contentPath(principal, to)),
    removed: (principal, uri) => gone.removed(contentPath(principal, uri)),
  };
  const relations = createRelations({ store, content, guard });
  const finding = createSearch({
    retrieval,
    guard,
    clock,
    tags: () => allTags(store),
    tagsOf: (path) => store.table<readonly string[]>('tags').get(path),
    relationsOf: relations.list,
    settle: () => changes.settle(),
    async peers(principal) {
      const entries = await content.list(contentPath(principal, VikingUri.user(principal.user, 'peers')));
      return entries.map((entry) => entry.name);
    },
  });
  /** The index may not yet know that a symlink took a file's place. @throws PERMISSION_DENIED as well */
  const read = async (principal: Principal, uri: VikingUri) => {
    const real = contentPath(principal, await guard(principal, uri, 'read'));
    return (await content.read(real, CONTEXT_MOST_BYTES, { real })).toString('utf8');
  };
  const reranking = createReranking({ reranker: models.reranker, log, read });
  const search: CoreSearch = {
    ...finding,
    find: (principal, request) =>
      reranking.around(principal, request, (limit) => finding.find(principal, { ...request, limit })),
    ...createSessionSearch({ find: finding.find, reranking, sessions, chat: models.chat, read }),
  };
  const resources = createResources({
    content,
    guard,
    changes,
    stagingDir,
    privateSources: options.privateSources ?? false,
    stopping: stopping.signal,
    indexed,
  });
  const watches = createWatches({ store, jobs, resources, clock, log });
  handleRemovals({
    content,
    store,
    jobs,
    tenancy,
    changes,
    forgetWatches: watches.forget,
    forgetJournal: journal.forget,
  });
  const system = createSystem({
    core: options,
    clock,
    changes,
    worker: worker.calls,
    jobs,
    models,
    reranked: reranking.state,
    modelLayers,
    modelVectors,
    content,
    guard,
  });
  await sessions.recover();
  await jobs.start();
  const dueTimer = setInterval(() => void sessions.commitDue(), COMMIT_DUE_MS);
  dueTimer.unref();
  await watches.start();
  /** What no watch reported is found by comparing everything with its stamp. */
  const compareAll = () => {
    void content.list('').then(
      (accounts) =>
        changes.report(
          accounts.map((entry) => entry.path),
          'outside',
        ),
      (error: unknown) => log.warn({ error: String(error) }, 'content could not be listed'),
    );
  };
  const watcher = watchContent(content, {
    log,
    onChange: (paths) => changes.report(paths, 'outside'),
    onOverflow: compareAll,
  });
  // Between the worker's first scan and the last watch set, a change could have passed unseen.
  void watcher.ready.then(compareAll, (error: unknown) => {
    log.warn(
      { error: String(error) },
      'content is not watched: changes behind the mount show after a restart',
    );
  });

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    stopping.abort(new VikingError('CLOSING', 'the daemon is stopping'));
    clearInterval(dueTimer);
    // Each step is taken whatever became of those before it: the records close last, and always.
    const steps: (() => Promise<void> | void)[] = [
      () => watcher.close(),
      () => watches.stop(),
      () => jobs.stop(),
      () => sessions.close(),
      () => changes.settle(),
      () => gone.settle(),
      () => modelLayers?.stop(),
      () => modelVectors?.stop(),
      () => models.close(),
      () => worker.close(),
      () => store.close(),
    ];
    const failures: unknown[] = [];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw toVikingError(failures[0], home);
  }

  return {
    version: VERSION,
    tenancy,
    admin: createAdmin({
      tenancy,
      jobs,
      owner: options,
      prepare: (account, user) => frames.prepare({ account, user }),
      checkPolicy: (account, change) => assertNothingLost(content, account, change),
      forget: frames.forget,
    }),
    prepare: frames.prepare,
    policyOf: (account) => tenancy.policyOf(account),
    tree,
    journal,
    sessions,
    memories: createMemories({
      memory,
      content,
      guard,
      indexed,
      forgetRecords: (path) => forgetRecords(store, path),
    }),
    layers,
    relations,
    attributes,
    skills: createSkills({ content, guard, changes, search, stagingDir, indexed }),
    watches,
    search,
    resources,
    system,
    files: createFiles({
      content,
      guard,
      changes,
      layers,
      sessions,
      indexed,
      abstracts: (directories) => worker.calls.abstracts(directories),
      records: {
        moved: (from, to) => moveRecords(store, from, to),
        removed: (path) => forgetRecords(store, path),
      },
      activeCount: (principal, uri) => counts.get(principal, uri),
      ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
    }),
    onContentChange: changes.listen,
    close: () => (closing ??= close()),
  };
}
