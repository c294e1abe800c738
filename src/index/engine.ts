import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IndexFreshness } from '../api/results.ts';
import type { Logger } from '../base/log.ts';
import { toVikingError, VikingError } from '../errors/index.ts';
import type { Embedder } from '../models/index.ts';
import { Catalogue, type DocumentRecord, isCorrupt, stampOf } from './catalogue.ts';
import type { IndexAnswer, IndexEngine, IndexQuery, IndexStatus } from './contract.ts';
import { Corpus } from './corpus.ts';
import { removeDocument, type Stores, writeDocument } from './document-writer.ts';
import { isIndexable } from './indexable.ts';
import { loadCorpus } from './load.ts';
import { type Touched, TouchQueue } from './queue.ts';
import { readDocument } from './read-document.ts';
import { searchCorpus } from './search.ts';
import { LetterVectors } from './vectors/letter-vectors.ts';
import { VectorIndex } from './vectors/vector-index.ts';

/** How long indexing may hold the thread before searches are answered. */
const STEP_MS = 8;
/** Documents that failed are tried again with the first touch after this. */
const RETRY_MS = 30_000;

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
  const engine = new Engine(options, catalogue);
  engine.start();
  return engine;
}

class Engine implements IndexEngine {
  readonly #options: IndexOptions;
  #stores: Stores;
  #stamps = new Map<string, DocumentRecord['stamp']>();
  readonly #queue = new TouchQueue();
  readonly #failed = new Map<string, string>();
  #lastError: string | undefined;
  #lastRetry = 0;
  #fatal: VikingError | undefined;
  #damage: unknown;
  #searching = 0;
  #isLoading = true;
  #isClosed = false;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: IndexOptions, catalogue: Catalogue) {
    this.#options = options;
    this.#stores = this.#storesOf(catalogue);
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

  async search(query: IndexQuery): Promise<IndexAnswer> {
    this.#assertOpen();
    this.#searching++;
    const stores = this.#stores;
    try {
      const hits = await searchCorpus(stores, query);
      return { hits, freshness: this.#freshness() };
    } catch (error) {
      // The store was begun anew under this search, or has to be: say so rather than fail, and rebuild it.
      if (this.#stores === stores) {
        if (!isCorrupt(error)) throw error;
        this.#damage = error;
        this.#run();
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
    const { corpus, embedder, stored } = this.#stores;
    return {
      freshness: this.#freshness(),
      documents: corpus.documents,
      passages: corpus.passages,
      embedder: embedder.stamp,
      vectors: stored?.mode ?? 'exact',
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  async reindex(path: string): Promise<{ documents: number; passages: number }> {
    this.#assertOpen();
    for (const document of this.#stores.corpus.under(path)) this.#stamps.delete(document.path);
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
    await this.#running;
    this.#queue.clear();
    await this.#stores.stored?.close();
    await this.#stores.catalogue.close();
  }

  #storesOf(catalogue: Catalogue): Stores {
    const { dir, embedder, log, exactMaxFloats } = this.#options;
    const corpus = new Corpus();
    if (embedder.features !== undefined) {
      const vectors = new LetterVectors(embedder.features, corpus);
      return { catalogue, corpus, vectors, stored: undefined, embedder };
    }
    const stored = new VectorIndex({
      dir: join(dir, 'vectors'),
      dimensions: embedder.dimensions,
      foldedDimensions: embedder.foldedDimensions ?? embedder.dimensions,
      stamp: embedder.stamp,
      generation: catalogue.generation,
      table: catalogue.vectors,
      log,
      ...(exactMaxFloats === undefined ? {} : { exactMaxFloats }),
    });
    return { catalogue, corpus, vectors: stored, stored, embedder };
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
      if (touched === undefined) {
        const { stored } = this.#stores;
        if (stored?.isBehind !== true) break;
        // Nobody waits for this work, and somebody waits for a search.
        if (this.#searching === 0) await stored.work();
        else await nextTurn();
      } else await this.#look(touched);
      if (performance.now() < until) continue;
      this.#stores.corpus.compactIfWorthwhile();
      await nextTurn();
      until = performance.now() + STEP_MS;
    }
  }

  async #load(): Promise<void> {
    const { catalogue, corpus, stored } = this.#stores;
    try {
      this.#stamps = await loadCorpus(catalogue, corpus, () => this.#isClosed);
      stored?.adopt(corpus.under('').flatMap(({ slots }) => slots.map((slot) => corpus.idOf(slot))));
      // A graph may take long and is built while searches are answered; the few vectors without one do not.
      while (stored?.mode === 'exact' && stored.isBehind && !this.#isClosed) await stored.work();
    } catch (error) {
      await this.#beginAnew(error);
    }
    this.#isLoading = false;
  }

  async #beginAnew(cause: unknown): Promise<void> {
    this.#options.log.warn({ error: String(cause) }, 'the index could not be read and is built anew');
    this.#damage = undefined;
    this.#stamps = new Map();
    this.#stores = this.#storesOf(await this.#stores.catalogue.reset());
    this.#queue.scan('');
  }

  async #look(touched: Touched): Promise<void> {
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
    this.#failed.set(path, reason);
    this.#lastError = `${path}: ${reason}`;
    this.#lastRetry = Date.now();
    this.#options.log.warn({ path, error: reason }, 'an entry could not be indexed');
  }

  async #update(touched: Touched): Promise<void> {
    const { path } = touched;
    const found = path !== '' && !isIndexable(path) ? undefined : this.#stat(path);
    if (found?.isDirectory() === true) await this.#updateDirectory(touched);
    else if (found?.isFile() === true) await this.#updateFile(path, found);
    else await this.#remove(path);
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
    for (const name of this.#stores.corpus.names(path)) if (!names.has(name)) await this.#remove(below(name));
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
    const document = readDocument(
      join(this.#options.contentDir, path),
      path.slice(path.lastIndexOf('/') + 1),
    );
    if (document === undefined) return this.#remove(path);
    await writeDocument(this.#stores, path, document);
    this.#stamps.set(path, document.stamp);
  }

  async #remove(path: string): Promise<void> {
    await this.#removeDocuments(this.#stores.corpus.under(path));
    for (const failed of this.#failed.keys()) {
      if (failed === path || failed.startsWith(`${path}/`)) this.#failed.delete(failed);
    }
  }

  async #removeDocuments(documents: readonly ReturnType<Corpus['under']>[number][]): Promise<void> {
    for (const document of documents) {
      await removeDocument(this.#stores, document);
      this.#stamps.delete(document.path);
    }
  }

  #toRetry(): readonly string[] {
    if (this.#failed.size === 0 || Date.now() - this.#lastRetry < RETRY_MS) return [];
    this.#lastRetry = Date.now();
    return [...this.#failed.keys()];
  }

  #freshness(): IndexFreshness {
    const pending = this.#queue.size;
    const notes: string[] = [];
    if (this.#isLoading) notes.push('the index is being read from disk');
    else if (this.#queue.isScanning) notes.push('content is being compared with the index');
    else if (pending > 0)
      notes.push(`${pending} changed ${pending === 1 ? 'entry is' : 'entries are'} not yet indexed`);
    const [failure] = this.#failed;
    if (failure !== undefined) {
      notes.push(`${this.#failed.size} could not be indexed, e.g. ${failure[0]}: ${failure[1]}`);
    }
    return notes.length === 0
      ? { state: 'fresh', pending: 0 }
      : { state: 'stale', pending, note: notes.join('; ') };
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new VikingError('CLOSING', 'the index is closing');
    if (this.#fatal !== undefined) throw this.#fatal;
  }
}
