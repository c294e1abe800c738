import type { Job } from '../contract.ts';

/** Callers waiting for jobs to finish. */
export class Settlers {
  readonly #waiting = new Map<string, Set<(job: Job) => void>>();

  /** The finished job, or `current()` after `timeoutMs`. */
  wait(id: string, timeoutMs: number, current: () => Job): Promise<Job> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      const leave = (job: Job): void => {
        clearTimeout(timer);
        waiting.delete(leave);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve(job);
      };
      // Timers take at most 2^31-1 ms; beyond that they fire at once.
      const timer = setTimeout(() => leave(current()), Math.min(Math.max(timeoutMs, 0), 0x7fffffff));
      waiting.add(leave);
    });
  }

  settle(job: Job): void {
    for (const leave of [...(this.#waiting.get(job.id) ?? [])]) leave(job);
  }

  /** Lets everybody go with the job as it is, when nothing will finish any more. */
  releaseAll(current: (id: string) => Job | undefined): void {
    for (const [id, waiting] of [...this.#waiting]) {
      const job = current(id);
      if (job !== undefined) for (const leave of [...waiting]) leave(job);
    }
  }
}
