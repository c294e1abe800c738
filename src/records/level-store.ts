import { VikingError } from '../errors/index.ts';
import type { Change, Store, StoreReport, Table } from './contract.ts';
import type { Database } from './database.ts';
import { fromLevel } from './level-errors.ts';
import { bytesCodec, type Codec, jsonCodec, LevelTable } from './level-table.ts';
import { verifyRecords } from './verify.ts';
import { WriteQueue } from './write-queue.ts';

/** A store over an open LevelDB database. */
export class LevelStore implements Store {
  readonly dir: string;
  readonly #db: Database;
  readonly #queue: WriteQueue;
  readonly #tables = new Map<string, LevelTable<unknown>>();
  readonly #release: () => void;
  #closing: Promise<void> | undefined;

  /** `release` gives up the claim on the directory once it is closed. */
  constructor(db: Database, dir: string, release: () => void) {
    this.dir = dir;
    this.#db = db;
    this.#release = release;
    this.#queue = new WriteQueue(db, dir);
  }

  table<V>(name: string): Table<V> {
    return this.#table(name, jsonCodec<V>());
  }

  bytes(name: string): Table<Uint8Array> {
    return this.#table(name, bytesCodec);
  }

  async batch(changes: readonly Change[], options: { readonly sync?: boolean } = {}): Promise<void> {
    const raw = changes.map((change) => {
      const table = this.#tables.get(change.table);
      if (table !== undefined) return table.raw(change);
      throw new VikingError('INVALID_ARGUMENT', `no table ${JSON.stringify(change.table)} was opened`);
    });
    await this.#queue.write(raw, options.sync ?? true);
  }

  async verify(): Promise<StoreReport> {
    try {
      return await verifyRecords(this.#db);
    } catch (error) {
      throw fromLevel(error, this.dir);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.close();
    await this.#db.close();
    this.#release();
  }

  #table<V>(name: string, codec: Codec<V>): LevelTable<V> {
    const known = this.#tables.get(name);
    if (known === undefined) {
      if (name.startsWith('!')) {
        throw new VikingError(
          'INVALID_ARGUMENT',
          `${JSON.stringify(name)} cannot name a table: "!" is reserved`,
        );
      }
      const table = new LevelTable(name, codec, this.#db, this.#queue);
      this.#tables.set(name, table as LevelTable<unknown>);
      return table;
    }
    if (known.kind !== codec.kind) {
      throw new VikingError('INVALID_ARGUMENT', `the table ${name} holds ${known.kind}, not ${codec.kind}`);
    }
    return known as LevelTable<unknown> as LevelTable<V>;
  }
}
