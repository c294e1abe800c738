/** Why a directory waits: its own entries may have changed, or only something below it. */
export type Cause = 'own' | 'below';

/** Directories whose layers may be stale, the deepest first, so that a directory is built after those below it. */
export class DirtyQueue {
  readonly #causes = new Map<string, Cause>();
  readonly #byDepth = new Map<number, Set<string>>();
  #deepest = 0;

  /** `own` outweighs `below`. */
  add(directory: string, cause: Cause): void {
    const known = this.#causes.get(directory);
    if (known === 'own' || known === cause) return;
    this.#causes.set(directory, cause);
    const depth = depthOf(directory);
    const level = this.#byDepth.get(depth);
    if (level === undefined) this.#byDepth.set(depth, new Set([directory]));
    else level.add(directory);
    this.#deepest = Math.max(this.#deepest, depth);
  }

  get(directory: string): Cause | undefined {
    return this.#causes.get(directory);
  }

  delete(directory: string): void {
    if (!this.#causes.delete(directory)) return;
    this.#byDepth.get(depthOf(directory))?.delete(directory);
  }

  /** The next to look at, left in the queue. */
  peek(): readonly [directory: string, cause: Cause] | undefined {
    for (; this.#deepest >= 0; this.#deepest--) {
      const level = this.#byDepth.get(this.#deepest);
      for (const directory of level ?? []) return [directory, this.#causes.get(directory)!];
      this.#byDepth.delete(this.#deepest);
    }
    this.#deepest = 0;
    return undefined;
  }

  get size(): number {
    return this.#causes.size;
  }
}

function depthOf(directory: string): number {
  return directory === '' ? 0 : directory.split('/').length;
}
