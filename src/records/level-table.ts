import { VikingError } from '../errors/index.ts';
import type { Change, Range, Table } from './contract.ts';
import type { Database } from './database.ts';
import { afterTable, assertKey, seal, tablePrefix, unseal } from './envelope.ts';
import { corrupt, fromLevel } from './level-errors.ts';
import type { RawChange, WriteQueue } from './write-queue.ts';

/** How the values of a table become bytes. */
export interface Codec<V> {
  readonly kind: 'json' | 'bytes';
  /** @throws INVALID_ARGUMENT for a value that has no such form */
  encode(value: V): Uint8Array;
  decode(payload: Uint8Array): V;
}

export function jsonCodec<V>(): Codec<V> {
  return {
    kind: 'json',
    encode: (value) => {
      const text = jsonText(value);
      if (text === undefined) throw new VikingError('INVALID_ARGUMENT', 'a record has no JSON form');
      return Buffer.from(text);
    },
    decode: (payload) =>
      JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString()) as V,
  };
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', `a record has no JSON form: ${String(error)}`, {
      cause: error,
    });
  }
}

export const bytesCodec: Codec<Uint8Array> = {
  kind: 'bytes',
  encode: (value) => {
    if (value instanceof Uint8Array) return value;
    throw new VikingError('INVALID_ARGUMENT', 'a record of a byte table must be a Uint8Array');
  },
  decode: (payload) => payload,
};

/** Fetched at once while a table is walked; LevelDB's 16 KB are one trip to a thread for every 16 vectors. */
const READ_BYTES = 256 * 1024;

/** One table of a LevelDB store: a key range of its own, sealed values. */
export class LevelTable<V> implements Table<V> {
  readonly name: string;
  readonly kind: Codec<V>['kind'];
  readonly #prefix: string;
  readonly #db: Database;
  readonly #queue: WriteQueue;
  readonly #codec: Codec<V>;

  constructor(name: string, codec: Codec<V>, db: Database, queue: WriteQueue) {
    this.name = name;
    this.kind = codec.kind;
    this.#prefix = tablePrefix(name);
    this.#codec = codec;
    this.#db = db;
    this.#queue = queue;
  }

  async get(key: string): Promise<V | undefined> {
    assertKey(key);
    const fullKey = this.#prefix + key;
    let sealed: Buffer | undefined;
    try {
      // Looking up takes microseconds; a trip to the thread pool, which writes and their syncs keep busy, takes ten times
      // that at best, and milliseconds when other threads want the processor.
      sealed = this.#db.getSync(fullKey);
    } catch (error) {
      throw fromLevel(error, this.#db.location);
    }
    return sealed === undefined ? undefined : this.#open(fullKey, sealed);
  }

  async put(key: string, value: V): Promise<void> {
    await this.#queue.write([this.raw(this.putting(key, value))], true);
  }

  async delete(key: string): Promise<void> {
    await this.#queue.write([this.raw(this.deleting(key))], true);
  }

  async *entries(range: Range = {}): AsyncIterable<readonly [string, V]> {
    const iterator = this.#db.iterator({ ...this.#bounds(range), highWaterMarkBytes: READ_BYTES });
    try {
      for await (const [fullKey, sealed] of iterator) {
        yield [fullKey.slice(this.#prefix.length), this.#open(fullKey, sealed)] as const;
      }
    } catch (error) {
      throw fromLevel(error, this.#db.location);
    }
  }

  async *keys(range: Range = {}): AsyncIterable<string> {
    try {
      for await (const fullKey of this.#db.keys(this.#bounds(range)))
        yield fullKey.slice(this.#prefix.length);
    } catch (error) {
      throw fromLevel(error, this.#db.location);
    }
  }

  putting(key: string, value: V): Change {
    return { table: this.name, type: 'put', key, value };
  }

  deleting(key: string): Change {
    return { table: this.name, type: 'del', key };
  }

  /** The change as LevelDB takes it; later changes of the value do not reach it. */
  raw(change: Change): RawChange {
    assertKey(change.key);
    const key = this.#prefix + change.key;
    if (change.type === 'del') return { type: 'del', key };
    return { type: 'put', key, value: seal(key, this.#codec.encode(change.value as V)) };
  }

  #open(fullKey: string, sealed: Uint8Array): V {
    const payload = unseal(fullKey, sealed);
    if (payload !== undefined) return this.#codec.decode(payload);
    throw corrupt(
      this.#db.location,
      `the record ${JSON.stringify(fullKey.slice(0, 200))} fails its checksum`,
    );
  }

  #bounds(range: Range): LevelBounds {
    const prefix = this.#prefix;
    return {
      ...(range.gt === undefined ? { gte: prefix + (range.gte ?? '') } : { gt: prefix + range.gt }),
      ...(range.lt !== undefined
        ? { lt: prefix + range.lt }
        : range.lte !== undefined
          ? { lte: prefix + range.lte }
          : { lt: afterTable(prefix) }),
      reverse: range.reverse ?? false,
      limit: range.limit ?? -1,
    };
  }
}

interface LevelBounds {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse: boolean;
  limit: number;
}
