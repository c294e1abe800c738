import type { Logger } from '../../base/log.ts';
import { isVikingError } from '../../errors/index.ts';
import type { Table } from '../../records/index.ts';
import { ByteMatrix } from './byte-matrix.ts';
import { encodeVector, folded } from './codec.ts';
import type { VectorGraph } from './graph.ts';
import { VectorGraph as Graph, loadLibrary } from './graph.ts';
import type { Near } from './near.ts';
import type { Nearness, VectorScope } from './nearness.ts';

/** Above this signs choose whom to compare with (2,400 whole vectors of 1,024 components: 3 ms). */
const EXACT_MAX_FLOATS = 2_500_000;
/** Above this a graph chooses: signs of 100,000 vectors are compared in a few milliseconds, and exactly. */
const GRAPH_FROM = 200_000;
/** A graph walks far to find the few allowed ones, so narrow searches compare with every allowed vector. */
const NARROW_MAX = 2_000;
const NARROW_SHARE = 0.03;
/** A graph answers approximately, and of folded vectors: so many for each one wanted are compared in full. */
const GRAPH_SPARE = 4;
/** How long one step of background work may hold the thread. */
const STEP_MS = 3;
const SAVE_AFTER = 1_000;
/** Room made before vectors are read, for each of them: the first new ones after a start copy nothing either. */
const READ_ROOM = 1.05;

export interface VectorIndexOptions {
  /** Directory of the graph's file. */
  readonly dir: string;
  readonly dimensions: number;
  readonly foldedDimensions: number;
  readonly stamp: string;
  /** Names the store the ids belong to. */
  readonly generation: string;
  readonly table: Table<Uint8Array>;
  readonly log: Logger;
  /** Floats compared one by one before a graph is built. Default: 2.5 million, and a graph much later. For tests. */
  readonly exactMaxFloats?: number;
}

/**
 * Vectors of passages by id. The records are the truth; in memory all of them are bytes, compared one by one while they
 * are few, and for many there is a graph besides, built in the background. Until it is whole, signs stand in for it.
 */
export class VectorIndex implements Nearness {
  readonly #options: VectorIndexOptions;
  readonly #exactMax: number;
  readonly #graphFrom: number;
  readonly #matrix: ByteMatrix;
  #graph: VectorGraph | undefined;
  #isLarge = false;
  #isOff = false;
  /** Ids whose records are not yet read. */
  #unread = new Set<number>();
  /** Ids that the graph lacks. */
  #missing: number[] = [];

  constructor(options: VectorIndexOptions) {
    this.#options = options;
    this.#exactMax = Math.floor((options.exactMaxFloats ?? EXACT_MAX_FLOATS) / options.dimensions);
    this.#graphFrom = options.exactMaxFloats === undefined ? GRAPH_FROM : this.#exactMax;
    this.#matrix = new ByteMatrix(options.dimensions);
  }

  /** What wide searches go by at this moment. */
  get mode(): 'exact' | 'hnsw' | 'signs' {
    if (this.#matrix.size <= this.#exactMax) return 'exact';
    return !this.#isLarge || this.#graph === undefined || this.#missing.length > 0 ? 'signs' : 'hnsw';
  }

  /** Vectors that can be found. */
  get size(): number {
    return this.#matrix.size;
  }

  has(id: number): boolean {
    return this.#matrix.has(id) || this.#unread.has(id);
  }

  /** Whether records are left to be read. */
  get isLoading(): boolean {
    return this.#unread.size > 0;
  }

  /** Whether background work is left. */
  get isBehind(): boolean {
    if (this.isLoading) return true;
    if (!this.#isLarge || this.#isOff) return false;
    return this.#graph === undefined || this.#missing.length > 0 || this.#needsRebuild();
  }

  /** Takes over ids whose vectors may be in the table. They are read in the background. */
  adopt(ids: Iterable<number>): void {
    for (const id of ids) if (!this.#matrix.has(id)) this.#unread.add(id);
  }

  /** The record of a new vector; give it to the table, then call `put`. */
  encode(vector: Float32Array): Uint8Array {
    return encodeVector(vector);
  }

  /** Takes a vector by its record, so that it is the same vector after a restart. */
  put(id: number, record: Uint8Array): void {
    this.#unread.delete(id);
    if (!this.#matrix.put(id, record)) return;
    if (this.#isLarge) this.#missing.push(id);
    this.#fit();
  }

  delete(id: number): void {
    this.#unread.delete(id);
    this.#matrix.delete(id);
    // Nothing may change in the graph while it is being written; it learns of the deletion afterwards.
    if (this.#graph?.isSaving === false) this.#graph.delete(id);
    this.#fit();
  }

  similarities(query: Float32Array, ids: readonly number[]): Promise<Float64Array> {
    return Promise.resolve(this.#matrix.similarities(query, ids));
  }

  nearest(query: Float32Array, count: number, scope: VectorScope): readonly Near[] {
    // An endpoint may send a question's vector of another length than it announced.
    if (query.length !== this.#options.dimensions) return [];
    const size = this.#matrix.size;
    if (scope.count <= Math.max(NARROW_MAX, size * NARROW_SHARE))
      return this.#matrix.nearestOf(query, count, scope.ids());
    if (size <= this.#exactMax) return this.#matrix.nearestOf(query, count, scope.ids());
    const graph = this.#graph;
    // A graph compares with whatever lies on its way, so it is asked only by those who may see everything.
    if (graph === undefined || this.mode === 'signs' || !scope.isEverything)
      return this.#matrix.nearestBySigns(query, count, scope.isEverything ? undefined : scope.bits());
    const isLive = (id: number): boolean => this.#matrix.has(id);
    const near = graph.nearest(folded(query, this.#options.foldedDimensions), count * GRAPH_SPARE, isLive);
    return this.#matrix.nearestOf(
      query,
      count,
      near.map(({ id }) => id),
    );
  }

  /** One short step of loading, building or saving. Call again while `isBehind`. @throws CORRUPT, and nothing else */
  async work(): Promise<void> {
    try {
      if (this.isLoading) await this.#load();
      else await this.#build();
    } catch (error) {
      // What is damaged would be met again at every start.
      if (isVikingError(error) && error.code === 'CORRUPT') throw error;
      // Words answer without vectors; a graph that fails to grow must not take the index with it.
      this.#turnOff(`the vector graph is off until the next start: ${String(error)}`);
    }
  }

  /** Writes the graph if that saves work at the next start. */
  async close(): Promise<void> {
    if (this.#graph !== undefined && this.#missing.length === 0) await this.#save(this.#graph);
  }

  /** Lets go of the graph without writing it; for vectors that are given up. */
  giveUp(): void {
    this.#isOff = true;
    this.#graph = undefined;
    this.#unread.clear();
  }

  async #load(): Promise<void> {
    try {
      this.#matrix.reserve(Math.ceil((this.#matrix.size + this.#unread.size) * READ_ROOM));
      let until = performance.now() + STEP_MS;
      for await (const [key, record] of this.#options.table.entries()) {
        const id = Number.parseInt(key, 16);
        if (this.#unread.delete(id)) this.#matrix.put(id, record);
        if (performance.now() < until) continue;
        await new Promise((resolve) => setImmediate(resolve));
        until = performance.now() + STEP_MS;
      }
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'vectors could not be read');
      if (isVikingError(error) && error.code === 'CORRUPT') throw error;
    }
    // What has no record has no vector, and is not looked for again.
    this.#unread.clear();
    this.#fit();
  }

  async #build(): Promise<void> {
    if (this.#graph === undefined) return this.#openGraph();
    if (this.#needsRebuild()) {
      await this.#graph.clear();
      this.#missing = [...this.#matrix.ids()];
    }
    await this.#grow(this.#graph);
  }

  #turnOff(reason: string): void {
    this.#isOff = true;
    this.#graph = undefined;
    this.#options.log.warn({}, reason);
  }

  /** Chooses whether there is a graph; back only at half the limit, so as not to swing. */
  #fit(): void {
    if (this.isLoading) return;
    if (!this.#isLarge && this.#matrix.size > this.#graphFrom) {
      this.#isLarge = true;
      this.#missing = [...this.#matrix.ids()];
    } else if (this.#isLarge && this.#matrix.size < this.#graphFrom / 2) {
      this.#isLarge = false;
      this.#graph = undefined;
      this.#missing = [];
    }
  }

  #needsRebuild(): boolean {
    return this.#graph !== undefined && this.#graph.removed > Math.max(SAVE_AFTER, this.#graph.size);
  }

  async #openGraph(): Promise<void> {
    const { dir, foldedDimensions: dimensions, stamp, generation, log } = this.#options;
    const library = await loadLibrary();
    if (library === undefined)
      return this.#turnOff('hnswlib-node is not built: vectors are compared by their signs');
    const { graph, reason } = await Graph.open(library, dir, { dimensions, stamp, generation });
    if (reason !== undefined) log.info({ reason }, 'the vector graph is built anew');
    for (const id of [...graph.ids()]) if (!this.#matrix.has(id)) graph.delete(id);
    this.#graph = graph;
    this.#missing = [...this.#matrix.ids()].filter((id) => !graph.has(id));
  }

  async #grow(graph: VectorGraph): Promise<void> {
    const until = performance.now() + STEP_MS;
    while (this.#missing.length > 0 && performance.now() < until) {
      const id = this.#missing.pop()!;
      const vector = this.#matrix.get(id);
      if (vector !== undefined) graph.add(id, folded(vector, this.#options.foldedDimensions));
    }
    if (this.#missing.length > 0) return;
    for (const id of [...graph.ids()]) if (!this.#matrix.has(id)) graph.delete(id);
    if (graph.unsaved >= Math.max(SAVE_AFTER, graph.size / 10)) await this.#save(graph);
  }

  async #save(graph: VectorGraph): Promise<void> {
    if (graph.unsaved === 0) return;
    try {
      await graph.save();
    } catch (error) {
      this.#options.log.warn(
        { error: String(error) },
        'the vector graph could not be saved; it is built anew at the next start',
      );
    }
  }
}

/** Key of a passage's records: ids in order. */
export function passageKey(id: number): string {
  return id.toString(16).padStart(8, '0');
}
