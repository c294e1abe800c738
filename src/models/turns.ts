import type { ModelPriority } from './contract.ts';

interface Waiting {
  start(): void;
}

/**
 * A bound on calls under way, for all endpoints together. Interactive calls go before waiting background ones, and
 * where there is more than one place the last is kept for them: a wave of summaries never makes a question wait for a
 * whole summary.
 */
export class Turns {
  readonly #places: number;
  readonly #queues: Record<ModelPriority, Waiting[]> = { interactive: [], background: [] };
  #busy = 0;

  constructor(places: number) {
    this.#places = Math.max(1, places);
  }

  /** Runs `work` when there is a place. Rejects with the signal's reason when it aborts while waiting. */
  async run<T>(priority: ModelPriority, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(priority, signal);
    try {
      return await work();
    } finally {
      this.#busy--;
      this.#startNext();
    }
  }

  /** Calls that wait for a place. */
  get waiting(): number {
    return this.#queues.interactive.length + this.#queues.background.length;
  }

  #enter(priority: ModelPriority, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const queue = this.#queues[priority];
      const waiting: Waiting = {
        start: () => {
          signal.removeEventListener('abort', leave);
          this.#busy++;
          resolve();
        },
      };
      const leave = (): void => {
        queue.splice(queue.indexOf(waiting), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      queue.push(waiting);
      this.#startNext();
    });
  }

  #startNext(): void {
    const { interactive, background } = this.#queues;
    while (interactive.length > 0 && this.#busy < this.#places) interactive.shift()!.start();
    const backgroundPlaces = Math.max(1, this.#places - 1);
    while (background.length > 0 && this.#busy < backgroundPlaces) background.shift()!.start();
  }
}
