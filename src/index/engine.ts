import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IndexFreshness } from '../api/results.ts';
import type { Logger } from '../base/log.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import type { Embedder } from '../models/index.ts';
import { Catalogue, isCorrupt, NO_VECTORS, stampOf, type VectorGenerations } from './catalogue.ts';
import type { IndexAnswer, IndexEngine, IndexQuery, IndexStatus, IndexVectors } from './contract.ts';
import { Corpus } from './corpus.ts';
import { removeDamagedCopies } from './damaged-copies.ts';
import { moveDocument, removeDocument, type Stores, writeDocument } from './document-writer.ts';
import type { Filtered } from './filter.ts';
import { freshnessOf } from './freshness.ts';
import { GrownFiles } from './grown-files.ts';
import { guardedVectors } from './guarded-vectors.ts';
import { isIndexable } from './indexable.ts';
import { loadCorpus } from './load.ts';
import { type Touched, TouchQueue } from './queue.ts';
import { readDocument } from './read-document.ts';
import { searchCorpus } from './search.ts';
import { loadSnapshot } from './snapshot/corpus-snapshot.ts';
import { SnapshotKeeper } from './snapshot/keeper.ts';
import { StampBook } from './stamp-book.ts';
import { LetterVectors } from './vectors/letter-vectors.ts';
import { ModelVectors } from './vectors/model-vectors.ts';
import { VectorIndex } from './vectors/vector-index.ts';

/** How long indexing may hold the thread before searches are answered. */
const STEP_MS = 8;
/** Documents that failed are tried again with the first touch after this. */
const RETRY_MS = 30_000;
/** Writes under way at once while documents move. */
const MOVES_TOGETHER = 256;

export interface IndexOptions {
  /** Directory whose files are indexed. Only read. */
  readonly contentDir: string;
  /** The index keeps its own files in `dir/passages` and `dir/vectors`. */
  readonly dir: string;
  readonly embedder: Embedder;
  readonly log: Logger;
  /** For tests: floats compared one by one before a vector graph is built. */
  readonly exactMaxFloats?: number;
}

/**
 * Opens the index of a content directory. Resolves before it is caught up: what the store has is loaded and the whole
 * tree compared with it in the background, and answers say `stale` until that is done. A damaged store is begun anew.
 * @throws CONFLICT when another process holds it, NO_SPACE, PERMISSION_DENIED
 */
export async function openIndex(options: IndexOptions): Promise<IndexEngine> {
  const catalogue = await Catalogue.open(join(options.dir, 'passages'), options.embedder.stamp);
  const engine = new Engine(options, catalogue, await catalogue.generations());
  engine.start();
  return engine;
}

class Engine implements IndexEngine {
  readonly #options: IndexOptions;
  #stores: Stores;
  readonly #grown = new GrownFiles();
  #stamps: StampBook;
  readonly #queue = new TouchQueue();
  readonly #failed = new Set<string>();
  #lastRetry = 0;
  #fatal: VikingError | undefined;
  #damage: unknown;
  /** Documents whose passages are written again, though they did not change: their records are damaged or doubted. */
  readonly #rewrite = new Set<string>();
  /** Those of them that an answer missed. */
  readonly #lost = new Set<string>();
  #vectorsLost = false;
  #searching = 0;
  readonly #snapshot: SnapshotKeeper;
  #moving: Promise<void>[] = [];
  #retryTimer: NodeJS.Timeout | undefined;
  #isLoading = true;
  #isClosed = false;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: IndexOptions, catalogue: Catalogue, generations: VectorGenerations) {
    this.#options = options;
    this.#stores = this.#storesOf(catalogue, generations);
    this.#stamps = new StampBook(options.contentDir);
    this.#snapshot = new SnapshotKeeper(options.dir, options.log);
  }

  start(): void {
    this.#queue.scan('');
    this.#run();
  }

  touch(paths: readonly string[]): void {
    if (this.#isClosed || this.#fatal !== undefined) return;
    this.#queue.touch([...paths, ...this.#toRetry()]);
    this.#run();
  }

  async flush(): Promise<void> {
    this.#assertOpen();
    await this.#queue.settled();
    if (this.#fatal !== undefined) throw this.#fatal;
    if (!this.#isClosed) await this.#stores.catalogue.sync();
  }

  async search(query: IndexQuery, later?: Promise<IndexQuery['vector']>): Promise<IndexAnswer> {
    this.#assertOpen();
    this.#searching++;
    const stores = this.#stores;
    try {
      const entryOf = (path: string) => this.#entryOf(path);
      const lost = (path: string) => this.#mend(path);
      const { hits, routes } = await searchCorpus({ ...stores, entryOf, lost }, query, later);
      return { hits, freshness: this.#freshness(), ...(query.explain === true ? { routes } : {}) };
    } catch (error) {
      // The store was begun anew under this search, or has to be: say so rather than fail, and rebuild it.
      if (this.#stores === stores) {
        if (!isCorrupt(error)) throw error;
        this.#noteDamage(error);
      }
      return {
        hits: [],
        freshness: { state: 'stale', pending: 1, note: 'the index was damaged and is built anew' },
      };
    } finally {
      this.#searching--;
    }
  }

  status(): IndexStatus {
    const { corpus, embedder, stored, model } = this.#stores;
    return {
      modelVectors: model.status(),
      freshness: this.#freshness(),
      documents: corpus.documents,
      passages: corpus.passages,
      embedder: embedder.stamp,
      vectors: stored?.mode ?? 'exact',
      failed: this.#failed.size,
    };
  }

  async reindex(path: string): Promise<{ documents: number; passages: number }> {
    this.#assertOpen();
    for (const document of this.#stores.corpus.under(path)) this.#writeAgain(document.path);
    this.touch([path]);
    await this.flush();
    const documents = this.#stores.corpus.under(path);
    return {
      documents: documents.length,
      passages: documents.reduce((sum, document) => sum + document.slots.length, 0),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    await this.#running;
    if (!this.#isLoading && this.#fatal === undefined) await this.#saveSnapshot('close');
    this.#queue.clear();
    await this.#stores.stored?.close();
    await this.#stores.model.close();
    await this.#stores.catalogue.close();
  }

  /** Vectors of the model outside, in whatever store is open when they come. */
  get vectors(): IndexVectors {
    return guardedVectors({
      model: () => {
        this.#assertOpen();
        return this.#isLoading ? undefined : this.#stores.model;
      },
      damaged: (error) => this.#noteDamage(error),
      expected: () => {
        this.#vectorsLost = false;
      },
    });
  }

  /** The store turned out to be damaged: the loop begins it anew. */
  #noteDamage(error: unknown): void {
    this.#damage = error;
    this.#run();
  }

  /** A passage that is searched for has no record any more: its document is read again. */
  #mend(path: string): void {
    this.#lost.add(path);
    this.#writeAgain(path);
    this.touch([path]);
  }

  #writeAgain(path: string): void {
    this.#stamps.delete(path);
    this.#rewrite.add(path);
  }

  #storesOf(catalogue: Catalogue, generations: VectorGenerations): Stores {
    const { dir, embedder, log, exactMaxFloats } = this.#options;
    const corpus = new Corpus();
    const floats = exactMaxFloats === undefined ? {} : { exactMaxFloats };
    const wake = (): void => this.#run();
    const model = new ModelVectors(
      {
        dir: join(dir, 'vectors'),
        catalogue,
        corpus,
        log,
        wake,
        lost: (path) => this.#mend(path),
        ...floats,
      },
      generations,
    );
    if (embedder.features !== undefined) {
      const vectors = new LetterVectors(embedder.features, corpus);
      return { catalogue, corpus, vectors, stored: undefined, model, embedder };
    }
    const stored = new VectorIndex({
      dir: join(dir, 'vectors'),
      dimensions: embedder.dimensions,
      foldedDimensions: embedder.foldedDimensions ?? embedder.dimensions,
      stamp: embedder.stamp,
      generation: catalogue.generation,
      table: catalogue.vectors,
      log,
      ...floats,
    });
    return { catalogue, corpus, vectors: stored, stored, model, embedder };
  }

  /** One loop does all the work, one path at a time; searches are answered between its steps. */
  #run(): void {
    this.#running ??= this.#loop()
      .catch((error: unknown) => this.#giveUp(error))
      .finally(() => {
        this.#running = undefined;
        // A touch may have come after the loop's last look.
        if (!this.#isClosed && this.#queue.size > 0) this.#run();
      });
  }

  /** The store can neither be read nor begun anew: say so to everyone who asks, rather than end the process. */
  #giveUp(error: unknown): void {
    this.#fatal = toVikingError(error, 'the index');
    this.#options.log.error({ error: String(error) }, 'the index cannot go on');
    this.#queue.clear();
  }

  async #loop(): Promise<void> {
    if (this.#isLoading) await this.#load();
    let until = performance.now() + STEP_MS;
    while (!this.#isClosed && this.#fatal === undefined) {
      if (this.#damage !== undefined) await this.#beginAnew(this.#damage);
      const touched = this.#queue.next();
      if (touched === undefined || this.#moving.length >= MOVES_TOGETHER) await this.#moved();
      if (touched === undefined) {
        if (this.#queue.size > 0) continue;
        await this.#saveSnapshot('idle');
        const { stored, model } = this.#stores;
        const behind = stored?.isBehind === true ? stored : model.isBehind ? model : undefined;
        if (behind === undefined) break;
        // Nobody waits for this work, and somebody waits for a search.
        if (this.#searching === 0) {
          await behind.work().catch((error: unknown) => {
            if (!isCorrupt(error)) throw error;
            this.#damage = error;
          });
        } else await nextTurn();
      } else await this.#look(touched);
      if (performance.now() < until) continue;
      await this.#moved();
      this.#stores.corpus.compactIfWorthwhile();
      await this.#saveSnapshot('busy');
      await nextTurn();
      until = performance.now() + STEP_MS;
    }
  }

  async #load(): Promise<void> {
    try {
      await this.#loadSnapshot();
      const { catalogue, corpus, stored, model } = this.#stores;
      const { stamps, changed } = await loadCorpus(catalogue, corpus, () => this.#isClosed);
      this.#stamps = new StampBook(this.#options.contentDir, stamps);
      this.#snapshot.unsaved = changed;
      stored?.adopt(corpus.under('').flatMap(({ slots }) => slots.map((slot) => corpus.idOf(slot))));
      model.adopt();
      // A graph may take long and is built while searches are answered; the few vectors without one do not.
      if (stored?.isLoading === true && !this.#isClosed) await stored.work();
    } catch (error) {
      await this.#beginAnew(error);
    }
    this.#isLoading = false;
    await removeDamagedCopies(this.#options.dir, this.#options.log);
  }

  async #loadSnapshot(): Promise<void> {
    const { catalogue, corpus } = this.#stores;
    const reason = await loadSnapshot(this.#options.dir, catalogue.generation, corpus);
    if (reason === undefined) return;
    this.#options.log.info({ reason }, 'the snapshot of the index is not used');
    this.#stores = this.#storesOf(catalogue, await catalogue.generations());
  }

  #saveSnapshot(moment: 'idle' | 'busy' | 'close'): Promise<void> {
    return this.#snapshot.save(this.#stores.catalogue, this.#stores.corpus, moment);
  }

  async #beginAnew(cause: unknown): Promise<void> {
    this.#options.log.warn({ error: String(cause) }, 'the index could not be read and is built anew');
    this.#damage = undefined;
    await Promise.allSettled(this.#moving.splice(0));
    this.#stamps = new StampBook(this.#options.contentDir);
    this.#snapshot.unsaved = 0;
    this.#lost.clear();
    this.#rewrite.clear();
    this.#vectorsLost ||= this.#stores.model.status().serving !== undefined;
    this.#stores = this.#storesOf(await this.#stores.catalogue.reset(), NO_VECTORS);
    this.#queue.scan('');
  }

  async #look(touched: Touched & { readonly isLate: boolean }): Promise<void> {
    try {
      await this.#update(touched);
      this.#failed.delete(touched.path);
    } catch (error) {
      if (isCorrupt(error)) {
        await this.#beginAnew(error);
      } else this.#fail(touched.path, error);
    } finally {
      this.#queue.done(touched);
    }
  }

  #fail(path: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#failed.add(path);
    this.#lastRetry = Date.now();
    this.#options.log.warn({ path, error: reason }, 'an entry could not be indexed');
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      this.touch([]);
    }, RETRY_MS + 1).unref();
  }

  async #update(touched: Touched & { readonly isLate: boolean }): Promise<void> {
    const { path } = touched;
    const found = path !== '' && !isIndexable(path) ? undefined : this.#stat(path);
    if (found?.isDirectory() === true) await this.#updateDirectory(touched);
    else if (found?.isFile() === true) await this.#updateFile(path, found);
    else await this.#gone(touched);
  }

  /** What is no longer at its path may be found at another one that waits to be looked at, and is not read again then. */
  async #gone(touched: Touched & { readonly isLate: boolean }): Promise<void> {
    const { path, isLate } = touched;
    if (isLate || this.#stores.corpus.names(path).length + (this.#stores.corpus.get(path) ? 1 : 0) === 0)
      await this.#remove(path);
    else this.#queue.putOff(touched);
  }

  /** Waits for the writes of documents that moved; what could not be written is indexed again. */
  async #moved(): Promise<void> {
    if (this.#moving.length > 0) await Promise.all(this.#moving.splice(0));
  }

  #stat(path: string): Stats | undefined {
    try {
      return lstatSync(join(this.#options.contentDir, path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  async #updateDirectory(touched: Touched): Promise<void> {
    const { path } = touched;
    const below = (name: string): string => (path === '' ? name : `${path}/${name}`);
    const names = new Set(readdirSync(join(this.#options.contentDir, path)));
    // The path may have been a file before.
    const document = this.#stores.corpus.get(path);
    if (document !== undefined) await this.#removeDocuments([document]);
    for (const name of this.#stores.corpus.names(path)) {
      if (!names.has(name)) this.#queue.putOff({ ...touched, path: below(name) });
    }
    this.#queue.follow([...names].map(below).filter(isIndexable), touched);
  }

  async #updateFile(path: string, found: Stats): Promise<void> {
    const stamp = this.#stamps.get(path);
    const now = stampOf(found);
    if (
      stamp?.every((value, at) => value === now[at]) === true &&
      this.#stores.corpus.get(path) !== undefined
    )
      return;
    // The path may have been a directory before.
    await this.#removeDocuments(this.#stores.corpus.under(path).filter((document) => document.path !== path));
    if (await this.#move(path, found)) return;
    const document = readDocument(
      join(this.#options.contentDir, path),
      path.slice(path.lastIndexOf('/') + 1),
      this.#grown,
    );
    if (document === undefined) return this.#remove(path);
    const rewrite = this.#rewrite.has(path);
    this.#snapshot.unsaved += await writeDocument(this.#stores, path, document, { rewrite });
    this.#rewrite.delete(path);
    this.#lost.delete(path);
    this.#stamps.set(path, document.stamp);
  }

  /** Takes a document over from where its file was before. Resolves whether there was one. */
  async #move(path: string, found: Stats): Promise<boolean> {
    const from = this.#stamps.movedFrom(path, found);
    const record = from === undefined ? undefined : await this.#stores.catalogue.document(from);
    if (from === undefined || record === undefined || this.#stores.corpus.get(from) === undefined)
      return false;
    const old = this.#stores.corpus.get(path);
    if (old !== undefined) await this.#removeDocuments([old]);
    const stamp = stampOf(found);
    const written = moveDocument(this.#stores, { from, to: path, record: { ...record, stamp } });
    this.#stamps.delete(from);
    this.#stamps.set(path, stamp);
    this.#snapshot.unsaved += record.passages.length;
    this.#moving.push(
      written.catch((error: unknown) => {
        if (isCorrupt(error)) this.#damage = error;
        else this.#fail(path, error);
        this.#stamps.delete(path);
      }),
    );
    return true;
  }

  async #remove(path: string): Promise<void> {
    await this.#removeDocuments(this.#stores.corpus.under(path));
    for (const failed of this.#failed) {
      if (failed === path || failed.startsWith(`${path}/`)) this.#failed.delete(failed);
    }
  }

  async #removeDocuments(documents: readonly ReturnType<Corpus['under']>[number][]): Promise<void> {
    for (const document of documents) {
      await removeDocument(this.#stores, document);
      this.#snapshot.unsaved += document.slots.length;
      this.#stamps.delete(document.path);
      this.#rewrite.delete(document.path);
      this.#lost.delete(document.path);
    }
  }

  #entryOf(path: string): Filtered | undefined {
    const stamp = this.#stamps.get(path);
    if (stamp === undefined) return undefined;
    const [known, updatedMs] = stamp;
    // A file that changed a moment ago has no size in its stamp.
    const size = known >= 0 ? known : (this.#stat(path)?.size ?? 0);
    return { path, size, updatedMs, createdMs: () => this.#stat(path)?.birthtimeMs ?? updatedMs };
  }

  #toRetry(): readonly string[] {
    if (this.#failed.size === 0 || Date.now() - this.#lastRetry < RETRY_MS) return [];
    this.#lastRetry = Date.now();
    return [...this.#failed];
  }

  #freshness(): IndexFreshness {
    return freshnessOf({
      isLoading: this.#isLoading,
      isScanning: this.#queue.isScanning,
      pending: this.#queue.size,
      lost: this.#lost.size,
      failed: this.#failed.size,
      vectors: this.#stores.model.status(),
      vectorsLost: this.#vectorsLost,
    });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new VikingError('CLOSING', 'the index is closing');
    if (this.#fatal !== undefined) throw this.#fatal;
  }
}
