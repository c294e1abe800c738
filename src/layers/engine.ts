import { setTimeout as sleep } from 'node:timers/promises';
import type { Freshness } from '../api/results.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import { ABSTRACT, OVERVIEW } from '../uri/index.ts';
import { isEmptyRecord, PINNED_BYTES, servedAbstract } from './build-directory.ts';
import type {
  Description,
  Layer,
  LayerEngine,
  LayerState,
  LayersStatus,
  Level,
  ModelWork,
} from './contract.ts';
import { fileLayers } from './file-layers.ts';
import type { LayerRecord, LayerRecords } from './layer-records.ts';
import { entryStamp, joined, listDirectory } from './listing.ts';
import { startPruning } from './model/prune.ts';
import { ModelSource } from './model/source.ts';
import { type ReadNote, readNote, reasonOf } from './read-note.ts';
import { samplingOf, withoutState, withState } from './state-line.ts';
import { Wave, type WaveOptions } from './wave.ts';

/** A read whose directory changes while it builds tries again, but not for ever. */
const ATTEMPTS = 3;
/**
 * Share of a reader's time that is kept for telling what is known by then: the thread also indexes, one file a step, and comes
 * back to the reader between two of them.
 */
const TELLING_SHARE = 0.25;

const FILE_OF: Readonly<Record<Level, string>> = { abstract: ABSTRACT, overview: OVERVIEW };

/** Answers readers from what is built, and has the wave build what is not. */
export class Engine implements LayerEngine {
  readonly #content: ContentStore;
  readonly #records: LayerRecords;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #wave: Wave;
  readonly #model: ModelSource;
  readonly #pruning: ReturnType<typeof startPruning>;

  constructor(options: WaveOptions) {
    this.#content = options.content;
    this.#records = options.records;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#wave = new Wave({ ...options, onBuilt: (directory) => this.#model.built(directory) });
    this.#model = new ModelSource({ ...options, wave: this.#wave });
    const { records, log, clock } = options;
    this.#pruning = startPruning({ records, log, ready: this.#wave.scan, now: () => clock.now() });
  }

  touch(paths: readonly string[]): void {
    this.#wave.touch(paths);
  }

  flush(): Promise<void> {
    return this.#wave.flush();
  }

  status(): LayersStatus {
    return { ...this.#wave.status(), awaitingModel: this.#model.waiting };
  }

  modelWork(by: string, waitMs: number): Promise<ModelWork | undefined> {
    return this.#model.next(by, waitMs);
  }

  summed(by: string, summaries: readonly (readonly [digest: string, summary: string])[]): Promise<void> {
    return this.#model.summed(by, summaries);
  }

  described(directory: string, by: string, work: Pick<ModelWork, 'from'> & Description): Promise<void> {
    const { from, abstract, guide } = work;
    return this.#model.described(directory, by, from, { abstract, guide });
  }

  postpone(directory: string, waitMs: number): void {
    this.#model.postpone(directory, waitMs);
  }

  async close(): Promise<void> {
    this.#model.close();
    const pruned = this.#pruning.stop();
    await this.#wave.close(pruned);
  }

  async read(directory: string, level: Level, budgetMs: number): Promise<Layer> {
    const path = normalised(directory);
    await this.#assertDirectory(path);
    this.#model.read(path);
    const pinned = await this.#pinned(path, level);
    if (pinned !== undefined) return servedPin(pinned);
    const deadline = performance.now() + budgetMs * (1 - TELLING_SHARE);
    if (!this.#wave.isScanned) await until(this.#wave.scan, deadline);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = await this.#wave.freshRecord(path);
      if (record !== undefined)
        return this.#serve(path, record, level, this.#wave.isScanned ? 'fresh' : 'stale');
      if (performance.now() >= deadline) break;
      await until(this.#wave.bring(path, deadline), deadline);
    }
    this.#wave.missed(path);
    return this.#best(path, level);
  }

  async readLast(directory: string, level: Level): Promise<Layer> {
    const path = normalised(directory);
    await this.#assertDirectory(path);
    const pinned = await this.#pinned(path, level);
    return pinned === undefined ? this.#best(path, level) : servedPin(pinned);
  }

  async readFile(file: string, level: Level): Promise<Layer> {
    const path = normalised(file);
    const { note, digest } = await this.#noteOf(path);
    const summary = this.#model.by === undefined ? undefined : await this.#model.summaryOf(digest);
    const [parent, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
    const by = summary === undefined || summary === '' ? 'embedded' : this.#model.by!;
    return {
      text: fileLayers(name, note, summary)[level],
      freshness: 'fresh',
      madeBy: by === 'embedded' ? 'embedded' : 'model',
      madeAt: this.#clock.now(),
      stamp: { by, from: digest },
      ...(summary === undefined && this.#model.awaits(parent) ? { awaitsModel: true } : {}),
    };
  }

  async terms(entry: string): Promise<readonly string[]> {
    const path = normalised(entry);
    const record = await this.#records.layers.get(path);
    const terms = record?.terms ?? (await this.#noteOf(path).catch(() => undefined))?.note.terms ?? [];
    return terms.map(({ word }) => word);
  }

  /** What is known of a file: kept, or read now. */
  async #noteOf(path: string): Promise<ReadNote> {
    const entry = await this.#content.stat(path);
    if (entry === undefined) throw new VikingError('NOT_FOUND', `${path}: no such file`);
    if (entry.kind === 'directory') throw new VikingError('IS_DIRECTORY', `${path} is a directory`);
    const kept = await this.#records.notes.get(path);
    return kept?.stamp === entryStamp(entry) ? kept : readNote(this.#content, entry, this.#log);
  }

  async abstracts(directories: readonly string[]): Promise<readonly (string | undefined)[]> {
    const found: (string | undefined)[] = [];
    for (const directory of directories) {
      const record = await this.#records.layers.get(normalised(directory));
      const isListed = record !== undefined && record.dropped?.includes('abstract') !== true;
      found.push(isListed ? servedAbstract(record) : undefined);
    }
    return found;
  }

  async freshness(directory: string): Promise<Freshness> {
    const path = normalised(directory);
    if (this.#wave.failureOf(path) !== undefined) return 'failed';
    if (!this.#records.stamps.has(path)) return 'missing';
    return this.#wave.isScanned && (await this.#wave.freshRecord(path)) !== undefined ? 'fresh' : 'stale';
  }

  async state(directory: string): Promise<LayerState> {
    const path = normalised(directory);
    const [freshness, record] = [await this.freshness(path), await this.#records.layers.get(path)];
    if (record === undefined) return { freshness };
    const { model, from, pinned } = record;
    const sampled = samplingOf(model?.overview ?? record.overview);
    const state = { freshness, ...(sampled === undefined ? {} : { sampled }) };
    if (pinned) return { ...state, madeBy: 'pinned' };
    const waits = this.#model.awaits(path) ? { awaitsModel: true as const } : {};
    return model === undefined
      ? { ...state, madeBy: 'embedded', madeAt: record.madeAt, stamp: { by: 'embedded', from }, ...waits }
      : { ...state, madeBy: 'model', madeAt: model.madeAt, stamp: { by: model.by, from: model.from } };
  }

  async isGenerated(text: string): Promise<boolean> {
    return (await this.#records.isGenerated(text)) || this.#records.isGenerated(withoutState(text));
  }

  async drop(directory: string, level?: Level): Promise<void> {
    const path = normalised(directory);
    const [record, stamp] = [await this.#records.layers.get(path), this.#records.stamps.get(path)];
    if (record === undefined || stamp === undefined) return;
    const dropped: Level[] =
      level === undefined ? ['abstract', 'overview'] : [...(record.dropped ?? []), level];
    await this.#records.save(path, stamp, [this.#records.layers.putting(path, { ...record, dropped })]);
  }

  async #serve(path: string, record: LayerRecord, level: Level, freshness: Freshness): Promise<Layer> {
    const known = this.#records.stamps.get(path);
    if (record.dropped?.includes(level) === true && known !== undefined) {
      const dropped = record.dropped.filter((other) => other !== level);
      await this.#records.save(path, known, [this.#records.layers.putting(path, { ...record, dropped })]);
    }
    const { model } = record;
    const told = (text: string): string => (level === 'overview' ? withState(text, freshness) : text);
    // A person's abstract is quoted in the extracted overview and in the model's alike.
    if (model !== undefined && !(record.pinned && level === 'abstract')) {
      const { by, from, madeAt } = model;
      return { text: told(model[level]), freshness, madeBy: 'model', madeAt, stamp: { by, from } };
    }
    const { madeAt, from } = record;
    const layer = { text: told(record[level]), freshness, madeBy: 'embedded' as const, madeAt };
    const stamp = { by: 'embedded', from };
    return this.#model.awaits(path) ? { ...layer, stamp, awaitsModel: true } : { ...layer, stamp };
  }

  /** Without time to build: the last layer that was built, else one from what is known and can be read in a moment. */
  async #best(path: string, level: Level): Promise<Layer> {
    const record = await this.#records.layers.get(path);
    const failed = this.#wave.failureOf(path);
    const isUsable = record !== undefined && !(record.pinned && level === 'abstract');
    if (isUsable && !isEmptyRecord(record))
      return this.#serve(path, record, level, failed === undefined ? 'stale' : 'failed');
    try {
      const listing = await listDirectory(this.#content, path);
      // Made before anything was in it: names alone say more.
      if (isUsable && listing.visible.length === 0) return this.#serve(path, record, level, 'stale');
      const built = await this.#wave.glimpse(listing);
      const state = built.partial ? 'partial' : 'stale';
      const text = level === 'overview' ? withState(built.layers.overview, state) : built.layers.abstract;
      return { text, freshness: 'stale', madeBy: 'embedded', madeAt: this.#clock.now() };
    } catch (error) {
      if (isVikingError(error) && (error.code === 'NOT_FOUND' || error.code === 'NOT_DIRECTORY')) throw error;
      const text = `${path.slice(path.lastIndexOf('/') + 1)}: cannot be read (${failed ?? reasonOf(error)}).`;
      return { text, freshness: 'failed', madeBy: 'embedded', madeAt: this.#clock.now() };
    }
  }

  async #assertDirectory(path: string): Promise<void> {
    const entry = await this.#content.stat(path);
    if (entry === undefined) throw new VikingError('NOT_FOUND', `${path}: no such directory`);
    if (entry.kind !== 'directory') throw new VikingError('NOT_DIRECTORY', `${path} is not a directory`);
  }

  async #pinned(path: string, level: Level): Promise<string | undefined> {
    const file = joined(path, FILE_OF[level]);
    const entry = await this.#content.stat(file);
    if (entry === undefined) return undefined;
    // A symlink is no statement, and what it leads to may be nobody's to read here.
    const [place, target] = [
      await this.#content.real(file, { follow: false }),
      await this.#content.real(file),
    ];
    if (place !== target) return undefined;
    return entry.kind === 'file' && entry.size <= PINNED_BYTES
      ? (await this.#content.read(file)).toString('utf8')
      : undefined;
  }
}

function servedPin(text: string): Layer {
  return { text, freshness: 'fresh', madeBy: 'pinned', madeAt: 0 };
}

/** Waits for `work`, but not beyond the deadline; the work itself goes on. */
async function until(work: Promise<unknown>, deadline: number): Promise<void> {
  const timer = new AbortController();
  const late = sleep(Math.max(0, deadline - performance.now()), undefined, { signal: timer.signal });
  try {
    await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

function normalised(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .join('/');
}
