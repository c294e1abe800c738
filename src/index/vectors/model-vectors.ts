import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../base/log.ts';
import { VikingError } from '../../errors/index.ts';
import type { Catalogue, VectorGeneration, VectorGenerations } from '../catalogue.ts';
import type { IndexVectors, MissingVector, PassageVector, VectorsStatus } from '../contract.ts';
import type { Corpus } from '../corpus.ts';
import { encodeVector } from './codec.ts';
import { passageKey, VectorIndex } from './vector-index.ts';

const DIMENSIONS_MOST = 8_192;
/** A graph of whole vectors of 1,024 components takes 4.3 KB each, a sketch of them 1.2 KB and a third of the time. */
const GRAPH_DIMENSIONS = 256;
const DELETED_TOGETHER = 1_000;

interface Generation extends VectorGeneration {
  readonly index: VectorIndex;
}

export interface ModelVectorsOptions {
  readonly dir: string;
  readonly catalogue: Catalogue;
  readonly corpus: Corpus;
  readonly log: Logger;
  readonly exactMaxFloats?: number;
  /** Told of a document one of whose passages has no record any more. */
  readonly lost: (path: string) => void;
  /** Wakes whoever calls `work`. */
  readonly wake: () => void;
}

/**
 * Vectors that a model outside of the index makes, by generation: one model, one table. The generation that serves
 * answers until the one being gathered has a vector of every passage; the swap is one durable record.
 */
export class ModelVectors implements IndexVectors {
  readonly #options: ModelVectorsOptions;
  #serving: Generation | undefined;
  #gathering: Generation | undefined;
  #dropped: readonly string[] = [];

  constructor(options: ModelVectorsOptions, found: VectorGenerations) {
    this.#options = options;
    this.#serving = this.#open(found.serving);
    this.#gathering = this.#open(found.gathering);
    this.#dropped = found.dropped;
  }

  /** Vectors of the generation that answers queries of this stamp; undefined when none does. */
  serving(stamp: string): VectorIndex | undefined {
    return this.#serving?.stamp === stamp && this.#serving.index.size > 0 ? this.#serving.index : undefined;
  }

  get isLoading(): boolean {
    return this.#generations().some(({ index }) => index.isLoading);
  }

  get isBehind(): boolean {
    return this.#dropped.length > 0 || this.#generations().some(({ index }) => index.isBehind);
  }

  /** Takes over what memory has; vectors of these passages are read in the background. */
  adopt(): void {
    const { corpus } = this.#options;
    for (const { index } of this.#generations()) index.adopt(corpus.ids());
  }

  /** One step of background work. @throws CORRUPT */
  async work(): Promise<void> {
    const behind = this.#generations().find(({ index }) => index.isBehind);
    if (behind !== undefined) {
      await behind.index.work();
      await this.#swapWhenWhole();
    } else if (this.#dropped.length > 0) await this.#dropOne(this.#dropped[0]!);
  }

  delete(id: number): void {
    for (const { index } of this.#generations()) index.delete(id);
  }

  async close(): Promise<void> {
    for (const { index } of this.#generations()) await index.close();
  }

  async expect(stamp: string, dimensions: number): Promise<void> {
    if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > DIMENSIONS_MOST)
      throw new VikingError('INVALID_ARGUMENT', `${stamp}: a vector of ${dimensions} components`);
    const isSame = (one: Generation | undefined): boolean =>
      one?.stamp === stamp && one.dimensions === dimensions;
    if (isSame(this.#gathering) || (isSame(this.#serving) && this.#gathering === undefined)) return;
    const dropped = this.#gathering;
    if (isSame(this.#serving)) this.#gathering = undefined;
    else {
      const fresh = this.#open({ stamp, dimensions, table: `vectors.${randomBytes(6).toString('hex')}` });
      // Where nothing serves, some vectors are better than none: words answer for the passages without.
      if (this.#serving === undefined || this.#serving.index.size === 0) {
        this.#retire(this.#serving);
        this.#serving = fresh;
      } else this.#gathering = fresh;
    }
    this.#retire(dropped);
    await this.#save();
    this.#options.wake();
  }

  async missing(limit: number): Promise<readonly MissingVector[]> {
    const generation = this.#gathering ?? this.#serving;
    if (generation === undefined) return [];
    const { corpus, catalogue } = this.#options;
    const ids: number[] = [];
    // What came last is most likely to be asked for.
    for (const id of corpus.idsFromLast()) {
      if (ids.length >= limit) break;
      if (!generation.index.has(id)) ids.push(id);
    }
    const passages = await Promise.all(ids.map((id) => catalogue.passage(id)));
    return ids.flatMap((id, at) => {
      const passage = passages[at];
      const slot = corpus.slotOf(id);
      if (passage === undefined && slot !== undefined) this.#options.lost(corpus.documentOf(slot)!.path);
      if (passage === undefined) return [];
      return [{ id, text: passage.indexed ?? `${passage.heading}\n${passage.text}` }];
    });
  }

  async put(stamp: string, vectors: readonly PassageVector[]): Promise<void> {
    const generation = [this.#gathering, this.#serving].find((one) => one?.stamp === stamp);
    if (generation === undefined) {
      throw new VikingError('FAILED_PRECONDITION', `vectors of ${stamp} are not expected`, {
        hint: 'Announce the stamp first; the model may have been changed meanwhile.',
      });
    }
    const { catalogue, corpus } = this.#options;
    const records: (readonly [number, Uint8Array])[] = [];
    for (const { id, values } of vectors) {
      // A passage may have gone while its vector was made. An empty vector says that none can be made.
      if (corpus.slotOf(id) === undefined) continue;
      const whole = values.length === 0 ? new Float32Array(generation.dimensions) : values;
      if (whole.length !== generation.dimensions || !whole.every(Number.isFinite)) {
        throw new VikingError(
          'INVALID_ARGUMENT',
          `${stamp}: a vector of ${values.length} components, not ${generation.dimensions} finite ones`,
        );
      }
      records.push([id, encodeVector(whole)]);
    }
    const table = catalogue.vectorTable(generation.table);
    await catalogue.write(records.map(([id, record]) => table.putting(passageKey(id), record)));
    for (const [id, record] of records) {
      if (corpus.slotOf(id) !== undefined) generation.index.put(id, record);
    }
    await this.#swapWhenWhole();
    this.#options.wake();
  }

  status(): VectorsStatus {
    const { corpus } = this.#options;
    const of = (one: Generation | undefined) =>
      one === undefined
        ? undefined
        : {
            stamp: one.stamp,
            vectors: one.index.size,
            missing: Math.max(0, corpus.passages - one.index.size),
          };
    const [serving, gathering] = [of(this.#serving), of(this.#gathering)];
    return {
      mode: this.#serving?.index.mode ?? 'off',
      ...(serving === undefined ? {} : { serving }),
      ...(gathering === undefined ? {} : { gathering }),
    };
  }

  #generations(): Generation[] {
    return [this.#serving, this.#gathering].filter((one) => one !== undefined);
  }

  async #swapWhenWhole(): Promise<void> {
    const next = this.#gathering;
    if (next === undefined || next.index.isLoading) return;
    for (const id of this.#options.corpus.ids()) if (!next.index.has(id)) return;
    const old = this.#serving;
    this.#serving = next;
    this.#gathering = undefined;
    this.#retire(old);
    await this.#save();
    this.#options.log.info({ stamp: next.stamp }, 'vectors of another model answer from now on');
  }

  #open(found: VectorGeneration | undefined): Generation | undefined {
    if (found === undefined) return undefined;
    const { catalogue, dir, log, exactMaxFloats } = this.#options;
    const index = new VectorIndex({
      dir: join(dir, found.table),
      dimensions: found.dimensions,
      foldedDimensions: Math.min(found.dimensions, GRAPH_DIMENSIONS),
      stamp: found.stamp,
      generation: catalogue.generation,
      table: catalogue.vectorTable(found.table),
      log,
      ...(exactMaxFloats === undefined ? {} : { exactMaxFloats }),
    });
    return { ...found, index };
  }

  #retire(generation: Generation | undefined): void {
    if (generation === undefined) return;
    this.#dropped = [...this.#dropped, generation.table];
    generation.index.giveUp();
  }

  async #save(): Promise<void> {
    const plain = (one: Generation | undefined) =>
      one === undefined ? undefined : { stamp: one.stamp, dimensions: one.dimensions, table: one.table };
    await this.#options.catalogue.saveGenerations({
      serving: plain(this.#serving),
      gathering: plain(this.#gathering),
      dropped: this.#dropped,
    });
  }

  /** Deletes the vectors of a generation that nobody asks any more, a piece at a time. */
  async #dropOne(name: string): Promise<void> {
    const { catalogue, dir } = this.#options;
    const table = catalogue.vectorTable(name);
    const keys: string[] = [];
    for await (const key of table.keys({ limit: DELETED_TOGETHER })) keys.push(key);
    await catalogue.write(keys.map((key) => table.deleting(key)));
    if (keys.length === DELETED_TOGETHER) return;
    await rm(join(dir, name), { recursive: true, force: true });
    this.#dropped = this.#dropped.filter((other) => other !== name);
    await this.#save();
  }
}
