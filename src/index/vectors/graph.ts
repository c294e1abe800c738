import type { HierarchicalNSW } from 'hnswlib-node';
import { type GraphFacts, graphPath, removeGraph, saveGraph, verifyGraph } from './graph-file.ts';
import { byNearness, type Near } from './near.ts';

/** Malkov and Yashunin 2016. Measured on 15,000 hashed vectors: .993 of the nearest ten, 0.1 ms to add one. */
const LINKS = 16;
const EF_CONSTRUCTION = 100;
const EF_SEARCH = 256;
const FIRST_CAPACITY = 4096;

type Library = { readonly HierarchicalNSW: typeof HierarchicalNSW };

/** The native library, or undefined where it was not built: everything works without it, only slower when large. */
export async function loadLibrary(): Promise<Library | undefined> {
  try {
    const module = (await import('hnswlib-node')) as unknown as Library & { default?: Library };
    return module.HierarchicalNSW === undefined ? module.default : module;
  } catch {
    return undefined;
  }
}

/**
 * A navigable graph over vectors, by label. A cache: whatever goes wrong, it is thrown away and built again from the
 * records. An object whose read failed is never used, since the library would crash.
 */
export class VectorGraph {
  readonly #library: Library;
  readonly #facts: GraphFacts;
  readonly #dir: string;
  #native: HierarchicalNSW;
  #labels = new Set<number>();
  #deleted = new Set<number>();
  #unsaved = 0;
  #isSaving = false;

  private constructor(library: Library, dir: string, facts: GraphFacts) {
    this.#library = library;
    this.#dir = dir;
    this.#facts = facts;
    this.#native = this.#empty();
  }

  /** The saved graph if it verifies, else an empty one; `reason` says why. */
  static async open(
    library: Library,
    dir: string,
    facts: GraphFacts,
  ): Promise<{ readonly graph: VectorGraph; readonly reason: string | undefined }> {
    const graph = new VectorGraph(library, dir, facts);
    const header = await verifyGraph(dir, facts);
    const reason = typeof header === 'string' ? header : graph.#read(header.count);
    if (reason !== undefined) await removeGraph(dir);
    return { graph, reason };
  }

  /** Vectors that can be found. */
  get size(): number {
    return this.#labels.size;
  }

  get removed(): number {
    return this.#deleted.size;
  }

  /** Changes since the file was written. */
  get unsaved(): number {
    return this.#unsaved;
  }

  /** True while the file is being written: nothing may be added or deleted then. */
  get isSaving(): boolean {
    return this.#isSaving;
  }

  has(id: number): boolean {
    return this.#labels.has(id);
  }

  ids(): Iterable<number> {
    return this.#labels;
  }

  add(id: number, vector: Float32Array): void {
    if (this.#labels.has(id) || this.#deleted.has(id)) return;
    if (this.#native.getCurrentCount() >= this.#native.getMaxElements()) {
      this.#native.resizeIndex(Math.ceil(this.#native.getMaxElements() * 1.5));
    }
    this.#native.addPoint(Array.from(vector), id);
    this.#labels.add(id);
    this.#unsaved++;
  }

  delete(id: number): void {
    if (!this.#labels.delete(id)) return;
    try {
      this.#native.markDelete(id);
    } catch {
      // A graph read from disk does not tell which labels were deleted before it was saved.
    }
    this.#deleted.add(id);
    this.#unsaved++;
  }

  vector(id: number): readonly number[] | undefined {
    if (!this.#labels.has(id)) return undefined;
    try {
      return this.#native.getPoint(id);
    } catch {
      return undefined;
    }
  }

  /** About the `count` nearest of those `allowed`, nearest first. `allowed` must be a plain look-up. */
  nearest(query: Float32Array, count: number, allowed: (id: number) => boolean): Near[] {
    if (this.#labels.size === 0) return [];
    this.#native.setEf(Math.max(EF_SEARCH, count * 4));
    const filter = (id: number): boolean => {
      // A filter that throws ends the process.
      try {
        return this.#labels.has(id) && allowed(id);
      } catch {
        return false;
      }
    };
    const wanted = Math.min(count, this.#labels.size);
    const { neighbors, distances } = this.#native.searchKnn(Array.from(query), wanted, filter);
    return neighbors.map((id, at) => ({ id, similarity: 1 - distances[at]! })).sort(byNearness);
  }

  async save(): Promise<void> {
    if (this.#isSaving) return;
    this.#isSaving = true;
    const unsaved = this.#unsaved;
    try {
      const count = this.#native.getCurrentCount();
      await saveGraph(this.#dir, { ...this.#facts, count }, (path) => this.#native.writeIndex(path));
      this.#unsaved -= unsaved;
    } finally {
      this.#isSaving = false;
    }
  }

  /** Forgets every vector and the file. */
  async clear(): Promise<void> {
    this.#native = this.#empty();
    this.#labels = new Set();
    this.#deleted = new Set();
    this.#unsaved = 0;
    await removeGraph(this.#dir);
  }

  #empty(): HierarchicalNSW {
    const native = new this.#library.HierarchicalNSW('ip', this.#facts.dimensions);
    native.initIndex(FIRST_CAPACITY, LINKS, EF_CONSTRUCTION);
    return native;
  }

  /** Reads the verified file. Returns why it could not be used, if so. */
  #read(count: number): string | undefined {
    const native = new this.#library.HierarchicalNSW('ip', this.#facts.dimensions);
    try {
      native.readIndexSync(graphPath(this.#dir));
      const ids = native.getIdsList();
      if (ids.length !== count) return `${ids.length} vectors, not ${count}`;
      this.#native = native;
      this.#labels = new Set(ids);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
