/** How long the tree must be quiet before changes are told. */
const QUIET_MS = 50;
/** How long changes wait at most while more keep coming. */
const LONGEST_MS = 500;

export interface PendingChanges {
  /** Content paths about which something was heard. */
  readonly paths: Set<string>;
  /** Of these, names that came, went or were exchanged. */
  readonly renamed: Set<string>;
  /** Watched directories whose own inode moved or died, so that their watch no longer says anything about the path. */
  readonly stale: Set<string>;
  /** Why changes may have been missed, if they may. */
  missed?: string;
  /** Number of events behind this. */
  events: number;
}

/** Gathers events until it is quiet, and hands them over one batch after the other. */
export class Batch {
  readonly #flush: (changes: PendingChanges) => Promise<void>;
  #pending = none();
  #timer: NodeJS.Timeout | undefined;
  #oldestAt = 0;
  #newestAt = 0;
  #flushing: Promise<void> = Promise.resolve();
  #closed = false;

  /** `flush` must not reject. */
  constructor(flush: (changes: PendingChanges) => Promise<void>) {
    this.#flush = flush;
  }

  note(change: (pending: PendingChanges) => void): void {
    if (this.#closed) return;
    const now = performance.now();
    if (this.#pending.events === 0) this.#oldestAt = now;
    this.#pending.events += 1;
    change(this.#pending);
    this.#newestAt = now;
    this.#timer ??= setTimeout(() => this.#releaseWhenQuiet(), QUIET_MS);
  }

  /** One timer for a burst: it looks again while events keep coming, instead of being set anew for each. */
  #releaseWhenQuiet(): void {
    const dueMs = Math.min(this.#newestAt + QUIET_MS, this.#oldestAt + LONGEST_MS) - performance.now();
    this.#timer = dueMs > 0 ? setTimeout(() => this.#releaseWhenQuiet(), dueMs) : undefined;
    if (this.#timer === undefined) this.#release();
  }

  /** Drops what was not handed over yet; resolves when no flush is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#flushing;
  }

  #release(): void {
    this.#flushing = this.#flushing.then(async () => {
      const changes = this.#pending;
      this.#pending = none();
      if (changes.events > 0 && !this.#closed) await this.#flush(changes);
    });
  }
}

function none(): PendingChanges {
  return { paths: new Set(), renamed: new Set(), stale: new Set(), events: 0 };
}
