/** A path to look at, and the ticket of the touch it goes back to. */
export interface Touched {
  readonly path: string;
  readonly ticket: number;
}

/**
 * Paths to look at, each once, first come first served; what a scan found goes after what was touched, and what was put
 * off after everything that is known of. A ticket is
 * settled when its paths, and the ones found below them, are done.
 */
export class TouchQueue {
  readonly #touched = new Map<string, number>();
  readonly #scanned = new Map<string, number>();
  readonly #touchedLate = new Map<string, number>();
  readonly #scannedLate = new Map<string, number>();
  /** Paths of each ticket not yet done, in order of tickets. */
  readonly #open = new Map<number, number>();
  #waiting: { readonly ticket: number; readonly resolve: () => void }[] = [];
  #lastTicket = 0;
  #lastScan = 0;

  /** Paths waiting or under way. */
  get size(): number {
    let size = 0;
    for (const count of this.#open.values()) size += count;
    return size;
  }

  get isScanning(): boolean {
    return this.#open.has(this.#lastScan);
  }

  touch(paths: readonly string[]): void {
    const ticket = ++this.#lastTicket;
    for (const path of paths) this.#enter(this.#touched, path, ticket);
  }

  /** Like `touch`, after everything else. */
  scan(path: string): void {
    this.#lastScan = ++this.#lastTicket;
    this.#enter(this.#scanned, path, this.#lastScan);
  }

  /** Adds what was found below a path under way, before that one is done. */
  follow(paths: readonly string[], found: Touched): void {
    const queue = found.ticket === this.#lastScan ? this.#scanned : this.#touched;
    for (const path of paths) this.#enter(queue, path, found.ticket);
  }

  /** Puts a path under way off until the others of its kind are done: it is gone, perhaps to where one of them leads. */
  putOff({ path, ticket }: Touched): void {
    const late = ticket === this.#lastScan ? this.#scannedLate : this.#touchedLate;
    // A path that waits already does so for the older ticket.
    if (late.has(path)) return;
    late.set(path, ticket);
    this.#open.set(ticket, (this.#open.get(ticket) ?? 0) + 1);
  }

  next(): (Touched & { readonly isLate: boolean }) | undefined {
    for (const queue of [this.#touched, this.#touchedLate, this.#scanned, this.#scannedLate]) {
      for (const [path, ticket] of queue) {
        queue.delete(path);
        return { path, ticket, isLate: queue === this.#touchedLate || queue === this.#scannedLate };
      }
    }
    return undefined;
  }

  done({ ticket }: Touched): void {
    const left = this.#open.get(ticket)! - 1;
    if (left > 0) {
      this.#open.set(ticket, left);
      return;
    }
    this.#open.delete(ticket);
    this.#release();
  }

  /** Resolves when everything entered before is done. */
  settled(): Promise<void> {
    const ticket = this.#lastTicket;
    return new Promise((resolve) => {
      this.#waiting.push({ ticket, resolve });
      this.#release();
    });
  }

  /** Drops everything and lets everyone who waits go on. */
  clear(): void {
    this.#touched.clear();
    this.#scanned.clear();
    this.#touchedLate.clear();
    this.#scannedLate.clear();
    this.#open.clear();
    this.#release();
  }

  #enter(queue: Map<string, number>, path: string, ticket: number): void {
    // A path that waits already will be looked at after this touch too, and its ticket is the older one.
    if (this.#touched.has(path)) return;
    const scanned = this.#scanned.get(path);
    if (scanned !== undefined) {
      if (queue === this.#scanned) return;
      this.#scanned.delete(path);
      this.#touched.set(path, scanned);
      return;
    }
    queue.set(path, ticket);
    this.#open.set(ticket, (this.#open.get(ticket) ?? 0) + 1);
  }

  #release(): void {
    const oldest = this.#open.keys().next().value ?? Number.POSITIVE_INFINITY;
    const ready = this.#waiting.filter((waiting) => waiting.ticket < oldest);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting.ticket >= oldest);
    for (const waiting of ready) waiting.resolve();
  }
}
