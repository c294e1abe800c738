import { DirtyQueue } from '../dirty-queue.ts';

/**
 * Directories a model should look at: those somebody has just read first, newest reader first, then the deepest, so that
 * a directory is told of its children in the model's words.
 */
export class ModelQueue {
  readonly #waiting = new DirtyQueue();
  readonly #preferred: string[] = [];
  readonly #postponed = new Map<string, NodeJS.Timeout>();
  readonly #wakers = new Set<() => void>();
  #isClosed = false;

  /** A directory changed, so whatever kept it from being described may be gone. */
  add(directory: string): void {
    clearTimeout(this.#postponed.get(directory));
    this.#postponed.delete(directory);
    this.#waiting.add(directory, 'own');
    this.#wake();
  }

  /** Somebody read it: it comes next, if it waits at all. */
  prefer(directory: string): void {
    if (this.#waiting.get(directory) !== undefined && this.#preferred.at(-1) !== directory)
      this.#preferred.push(directory);
  }

  /** Left in the queue. */
  peek(): string | undefined {
    for (let next = this.#preferred.at(-1); next !== undefined; next = this.#preferred.at(-1)) {
      if (this.#waiting.get(next) !== undefined) return next;
      this.#preferred.pop();
    }
    return this.#waiting.peek()?.[0];
  }

  /** Whether it waits, now or for later. */
  has(directory: string): boolean {
    return this.#waiting.get(directory) !== undefined || this.#postponed.has(directory);
  }

  delete(directory: string): void {
    this.#waiting.delete(directory);
  }

  postpone(directory: string, waitMs: number): void {
    this.#waiting.delete(directory);
    clearTimeout(this.#postponed.get(directory));
    if (this.#isClosed) return;
    this.#postponed.set(directory, setTimeout(() => this.add(directory), waitMs).unref());
  }

  /** Resolves when something is added, or after `waitMs`. */
  added(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs).unref();
      this.#wakers.add(wake);
    });
  }

  get size(): number {
    return this.#waiting.size + this.#postponed.size;
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#postponed.values()) clearTimeout(timer);
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}
