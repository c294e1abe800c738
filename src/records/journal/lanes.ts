/**
 * Decides what runs next: one job of a lane at a time, in order; lanes take turns; at most `concurrency` at once.
 */
export class Lanes {
  readonly #concurrency: number;
  readonly #waiting = new Map<string, string[]>();
  readonly #busy = new Set<string>();
  /** Lanes with waiting jobs and none running, whose turn comes first. */
  readonly #ready = new Set<string>();

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  add(lane: string, id: string): void {
    const waiting = this.#waiting.get(lane);
    if (waiting === undefined) this.#waiting.set(lane, [id]);
    else waiting.push(id);
    if (!this.#busy.has(lane)) this.#ready.add(lane);
  }

  /** A job that goes first in its lane: one that was begun before. */
  addFirst(lane: string, id: string): void {
    this.#waiting.set(lane, [id, ...(this.#waiting.get(lane) ?? [])]);
    if (!this.#busy.has(lane)) this.#ready.add(lane);
  }

  /** Takes the next job; its lane is busy until `release`. */
  take(): string | undefined {
    if (this.#busy.size >= this.#concurrency) return undefined;
    const [lane] = this.#ready;
    if (lane === undefined) return undefined;
    const waiting = this.#waiting.get(lane)!;
    const id = waiting.shift();
    if (waiting.length === 0) this.#waiting.delete(lane);
    this.#ready.delete(lane);
    this.#busy.add(lane);
    return id;
  }

  /** Takes a waiting job out of its lane. */
  remove(lane: string, id: string): void {
    const waiting = (this.#waiting.get(lane) ?? []).filter((one) => one !== id);
    if (waiting.length > 0) {
      this.#waiting.set(lane, waiting);
      return;
    }
    this.#waiting.delete(lane);
    this.#ready.delete(lane);
  }

  release(lane: string): void {
    this.#busy.delete(lane);
    if (this.#waiting.has(lane)) this.#ready.add(lane);
  }
}
