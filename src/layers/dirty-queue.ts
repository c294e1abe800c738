import { LAYER_FILES } from '../uri/index.ts';
import { isQuietName, parentOf } from './listing.ts';

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

  /**
   * A content path, of a file or a directory, that may have changed: the directory that lists it, and itself should it
   * be one, have their own cause. What is inside of a quiet directory matters to nobody above.
   */
  touch(path: string): void {
    const segments = path.split('/').filter((segment) => segment !== '');
    const quietAt = segments.findIndex(isQuietName);
    const last = segments.at(-1);
    if (last === undefined || (quietAt >= 0 && quietAt < segments.length - 1)) return;
    if (last.startsWith('.') && !LAYER_FILES.has(last)) return;
    const whole = segments.join('/');
    if (quietAt < 0) this.add(whole, 'own');
    const parent = parentOf(whole);
    if (parent !== undefined && parent !== '') this.addWithAncestors(parent);
  }

  /** A directory whose own entries changed; those above it wait until it is known what that means for them. */
  addWithAncestors(directory: string): void {
    this.add(directory, 'own');
    for (let above = parentOf(directory); above !== undefined && above !== ''; above = parentOf(above)) {
      this.add(above, 'below');
    }
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
