import type { Logger } from '../../base/log.ts';
import type { Table } from '../../records/index.ts';
import { decodeVector, dot, encodeVector, folded } from './codec.ts';
import type { VectorGraph } from './graph.ts';
import { VectorGraph as Graph, loadLibrary } from './graph.ts';
import { byNearness, type Near, VectorMatrix } from './matrix.ts';
import type { Nearness, VectorScope } from './nearness.ts';

/** Above this a graph is faster than comparing with every vector (2,400 vectors of 1,024 components: 3 ms). */
const EXACT_MAX_FLOATS = 2_500_000;
/** A graph walks far to find the few allowed ones, so narrow searches compare with every allowed vector. */
const NARROW_MAX = 2_000;
const NARROW_SHARE = 0.03;
/** How long one step of background work may hold the thread. */
const STEP_MS = 3;
const SAVE_AFTER = 1_000;

export interface VectorIndexOptions {
  readonly dir: string;
  readonly dimensions: number;
  readonly foldedDimensions: number;
  readonly stamp: string;
  /** Names the store the ids belong to. */
  readonly generation: string;
  readonly table: Table<Uint8Array>;
  readonly log: Logger;
  /** Floats compared one by one before a graph is built. Default 2.5 million. */
  readonly exactMaxFloats?: number;
}

/**
 * Vectors of passages by id. The records are the truth; in memory there is either all of them (few) or a graph over
 * folded ones (many), which is built in the background and answers once it holds every vector.
 */
export class VectorIndex implements Nearness {
  readonly #options: VectorIndexOptions;
  readonly #exactMax: number;
  #matrix: VectorMatrix | undefined;
  #graph: VectorGraph | undefined;
  #isOff = false;
  /** Living ids that the graph lacks. */
  #missing: number[] = [];
  readonly #live = new Set<number>();

  constructor(options: VectorIndexOptions) {
    this.#options = options;
    this.#exactMax = Math.floor((options.exactMaxFloats ?? EXACT_MAX_FLOATS) / options.dimensions);
    this.#matrix = new VectorMatrix(options.dimensions);
  }

  get mode(): 'exact' | 'hnsw' | 'off' {
    if (this.#matrix !== undefined) return 'exact';
    return this.#isOff ? 'off' : 'hnsw';
  }

  /** Whether background work is left. */
  get isBehind(): boolean {
    if (this.#isOff) return false;
    return this.#matrix === undefined
      ? this.#graph === undefined || this.#missing.length > 0 || this.#needsRebuild()
      : this.#live.size > this.#matrix.size;
  }

  /** Takes over ids whose vectors are in the table. They are loaded in the background. */
  adopt(ids: Iterable<number>): void {
    for (const id of ids) this.#live.add(id);
    this.#fit();
    if (this.#matrix === undefined)
      this.#missing = [...this.#live].filter((id) => this.#graph?.has(id) !== true);
  }

  /** The record of a new vector; give it to the table, then call `put`. */
  encode(vector: Float32Array): Uint8Array {
    return encodeVector(vector);
  }

  /** Takes a vector by its record, so that it is the same vector after a restart. */
  put(id: number, record: Uint8Array): void {
    this.#live.add(id);
    this.#fit();
    const vector = this.#matrix === undefined ? undefined : decodeVector(record, this.#options.dimensions);
    if (vector !== undefined) this.#matrix?.put(id, vector);
    else this.#missing.push(id);
  }

  delete(id: number): void {
    this.#live.delete(id);
    this.#matrix?.delete(id);
    // Nothing may change in the graph while it is being written; it learns of the deletion afterwards.
    if (this.#graph?.isSaving === false) this.#graph.delete(id);
    this.#fit();
  }

  /** Cosine of the query and each of `ids`; 0 where a vector is missing. */
  async similarities(query: Float32Array, ids: readonly number[]): Promise<Float64Array> {
    const found = new Float64Array(ids.length);
    await Promise.all(
      ids.map(async (id, at) => {
        const vector = this.#matrix?.get(id) ?? (await this.#read(id));
        if (vector !== undefined) found[at] = dot(query, vector);
      }),
    );
    return found;
  }

  /** The `count` nearest in scope, nearest first; nothing while the graph is being built. */
  nearest(query: Float32Array, count: number, scope: VectorScope): readonly Near[] {
    if (this.#matrix !== undefined) return this.#matrix.nearest(query, count, scope.allows);
    const graph = this.#graph;
    if (graph === undefined || this.#missing.length > 0) return [];
    const short = folded(query, this.#options.foldedDimensions);
    const isLive = (id: number): boolean => this.#live.has(id) && scope.allows(id);
    if (scope.count > Math.max(NARROW_MAX, this.#live.size * NARROW_SHARE))
      return graph.nearest(short, count, isLive);
    const near: Near[] = [];
    for (const id of scope.ids()) {
      const vector = graph.vector(id);
      if (vector !== undefined) near.push({ id, similarity: dot(short, vector) });
    }
    return near.sort(byNearness).slice(0, count);
  }

  /** One short step of loading, building or saving. Call again while `isBehind`. Never throws. */
  async work(): Promise<void> {
    try {
      await this.#step();
    } catch (error) {
      // Words answer without vectors; a graph that fails to grow must not take the index with it.
      this.#turnOff(`vectors are off until the next start: ${String(error)}`);
    }
  }

  async #step(): Promise<void> {
    if (this.#matrix !== undefined) return this.#loadMatrix(this.#matrix);
    if (this.#graph === undefined) return this.#openGraph();
    if (this.#needsRebuild()) {
      await this.#graph.clear();
      this.#missing = [...this.#live];
    }
    await this.#grow(this.#graph);
  }

  #turnOff(reason: string): void {
    this.#isOff = true;
    this.#graph = undefined;
    this.#options.log.warn({}, reason);
  }

  /** Writes the graph if that saves work at the next start. */
  async close(): Promise<void> {
    if (this.#graph !== undefined && this.#missing.length === 0) await this.#save(this.#graph);
  }

  /** Chooses between matrix and graph; back only at half the limit, so as not to swing. */
  #fit(): void {
    if (this.#matrix !== undefined && this.#live.size > this.#exactMax) {
      this.#matrix = undefined;
      this.#missing = [...this.#live];
    } else if (this.#matrix === undefined && this.#live.size < this.#exactMax / 2) {
      this.#matrix = new VectorMatrix(this.#options.dimensions);
      this.#graph = undefined;
      this.#missing = [];
    }
  }

  #needsRebuild(): boolean {
    return this.#graph !== undefined && this.#graph.removed > Math.max(SAVE_AFTER, this.#graph.size);
  }

  async #loadMatrix(matrix: VectorMatrix): Promise<void> {
    const until = performance.now() + STEP_MS;
    for (const id of this.#live) {
      if (matrix.get(id) !== undefined) continue;
      const vector = await this.#read(id);
      // A missing record is a passage without a vector, not a reason to look for it for ever.
      if (vector === undefined) this.#live.delete(id);
      else if (this.#live.has(id)) matrix.put(id, vector);
      if (performance.now() > until) return;
    }
  }

  async #openGraph(): Promise<void> {
    const { dir, foldedDimensions: dimensions, stamp, generation, log } = this.#options;
    const library = await loadLibrary();
    if (library === undefined)
      return this.#turnOff('hnswlib-node is not built: large indexes are searched by words only');
    const { graph, reason } = await Graph.open(library, dir, { dimensions, stamp, generation });
    if (reason !== undefined) log.info({ reason }, 'the vector graph is built anew');
    for (const id of graph.ids()) if (!this.#live.has(id)) graph.delete(id);
    this.#graph = graph;
    this.#missing = [...this.#live].filter((id) => !graph.has(id));
  }

  async #grow(graph: VectorGraph): Promise<void> {
    const until = performance.now() + STEP_MS;
    while (this.#missing.length > 0 && performance.now() < until) {
      const id = this.#missing.pop()!;
      if (!this.#live.has(id)) continue;
      const vector = await this.#read(id);
      if (vector === undefined) this.#live.delete(id);
      else if (this.#live.has(id) && this.#graph === graph)
        graph.add(id, folded(vector, this.#options.foldedDimensions));
    }
    if (this.#missing.length > 0) return;
    for (const id of graph.ids()) if (!this.#live.has(id)) graph.delete(id);
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

  async #read(id: number): Promise<Float32Array | undefined> {
    try {
      const bytes = await this.#options.table.get(passageKey(id));
      return bytes === undefined ? undefined : decodeVector(bytes, this.#options.dimensions);
    } catch (error) {
      this.#options.log.warn({ id, error: String(error) }, 'a vector could not be read');
      return undefined;
    }
  }
}

/** Key of a passage's records: ids in order. */
export function passageKey(id: number): string {
  return id.toString(16).padStart(8, '0');
}
