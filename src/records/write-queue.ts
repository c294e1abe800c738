import { VikingError } from '../errors/index.ts';
import type { Database } from './database.ts';
import { fromLevel } from './level-errors.ts';

/** A change as LevelDB takes it: key with its table, value sealed. */
export type RawChange =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: string };

interface Waiting {
  readonly changes: readonly RawChange[];
  readonly sync: boolean;
  resolve(): void;
  reject(error: VikingError): void;
}

/** Bounds the memory and the latency of one group. */
const GROUP_CHANGES = 4_096;

/**
 * Writes in the order they are asked for. Whatever is asked for while a write is on its way goes into the next one
 * together, so a thousand small durable writes cost a few syncs. A caller's changes are never split.
 */
export class WriteQueue {
  readonly #db: Database;
  readonly #dir: string;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  constructor(db: Database, dir: string) {
    this.#db = db;
    this.#dir = dir;
  }

  /** Resolves when the changes are written, and on disk when `sync`. */
  write(changes: readonly RawChange[], sync: boolean): Promise<void> {
    if (this.#closed) return Promise.reject(new VikingError('CLOSING', `${this.#dir}: the store is closed`));
    if (changes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, sync, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Takes no more writes; resolves when those taken are done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    // One turn of the microtask queue lets callers of the same moment join the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#db.batch(group.flatMap((one) => one.changes) as RawChange[], {
          sync: group.some((one) => one.sync),
        });
        for (const one of group) one.resolve();
      } catch (error) {
        for (const one of group) one.reject(fromLevel(error, this.#dir));
      }
    }
    this.#flushing = undefined;
  }

  #takeGroup(): Waiting[] {
    let count = 0;
    const end = this.#waiting.findIndex((one, index) => {
      count += one.changes.length;
      return index > 0 && count > GROUP_CHANGES;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}
