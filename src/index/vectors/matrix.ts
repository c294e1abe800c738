import { dot } from './codec.ts';

export interface Near {
  readonly id: number;
  /** Cosine, for vectors of unit length. */
  readonly similarity: number;
}

/** Vectors in memory, compared one by one: exact, and faster than a graph while they are few. */
export class VectorMatrix {
  readonly #dimensions: number;
  readonly #rows = new Map<number, Float32Array>();

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
  }

  get size(): number {
    return this.#rows.size;
  }

  put(id: number, vector: Float32Array): void {
    if (vector.length === this.#dimensions) this.#rows.set(id, vector);
  }

  delete(id: number): void {
    this.#rows.delete(id);
  }

  get(id: number): Float32Array | undefined {
    return this.#rows.get(id);
  }

  ids(): Iterable<number> {
    return this.#rows.keys();
  }

  /** The `count` nearest of those `allowed`, nearest first; equals by id. */
  nearest(query: Float32Array, count: number, allowed: (id: number) => boolean): Near[] {
    const found: Near[] = [];
    for (const [id, vector] of this.#rows) {
      if (allowed(id)) found.push({ id, similarity: dot(query, vector) });
    }
    return found.sort(byNearness).slice(0, count);
  }
}

export function byNearness(a: Near, b: Near): number {
  return b.similarity - a.similarity || a.id - b.id;
}
