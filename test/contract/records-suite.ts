import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isVikingError } from '../../src/errors/index.ts';
import type { Range, Store, Table } from '../../src/records/index.ts';

/** One place to keep records; `open` opens what an earlier `open` wrote. */
export interface RecordsPlace {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** What any record store must do. `make` gives an empty place. */
export function recordsSuite(name: string, make: () => Promise<RecordsPlace>): void {
  describe(`record store: ${name}`, () => {
    let place: RecordsPlace;
    let store: Store;

    beforeEach(async () => {
      place = await make();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = await place.open();
    }

    describe('a table of values', () => {
      it('gives back what was put, also after closing', async () => {
        const values = {
          object: { a: [1, 'ä🏠', null, true], b: {} },
          string: '',
          number: -0.5,
          false: false,
          null: null,
        };
        const table = store.table<unknown>('t');
        for (const [key, value] of Object.entries(values)) await table.put(key, value);
        await reopen();
        for (const [key, value] of Object.entries(values)) {
          expect(await store.table<unknown>('t').get(key)).toEqual(value);
        }
        expect(await store.table('t').get('missing')).toBeUndefined();
      });

      it('replaces and deletes', async () => {
        const table = store.table<number>('t');
        await table.put('k', 1);
        await table.put('k', 2);
        expect(await table.get('k')).toBe(2);
        await table.delete('k');
        await table.delete('k');
        expect(await table.get('k')).toBeUndefined();
        await reopen();
        expect(await store.table('t').get('k')).toBeUndefined();
      });

      it('keeps what was put, not what became of it', async () => {
        const table = store.table<{ list: number[] }>('t');
        const value = { list: [1] };
        const putting = table.put('k', value);
        value.list.push(2);
        await putting;
        (await table.get('k'))!.list.push(3);
        expect(await table.get('k')).toEqual({ list: [1] });
      });

      it('refuses what JSON cannot hold', async () => {
        const table = store.table<unknown>('t');
        const circle: Record<string, unknown> = {};
        circle['self'] = circle;
        for (const value of [undefined, () => 1, 10n, circle]) await refuses(() => table.put('k', value));
        expect(await table.get('k')).toBeUndefined();
      });

      it('takes any key that is text, and keeps odd ones apart', async () => {
        const table = store.table<string>('t');
        const keys = ['', ' ', '\0', 'a\0b', '!', '/', 'ä', '\uffff', '🏠', 'k'.repeat(10_000), '__proto__'];
        for (const key of keys) await table.put(key, key);
        for (const key of keys) expect(await table.get(key)).toBe(key);
        expect(await keysOf(table)).toHaveLength(keys.length);
        await refuses(() => table.put('\ud800', 'x'));
        await refuses(() => table.get('\udfff'));
      });
    });

    describe('a table of bytes', () => {
      it('gives back every byte', async () => {
        const table = store.bytes('b');
        const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
        await table.put('all', all);
        await table.put('none', new Uint8Array());
        await table.put('view', all.subarray(100, 103));
        await table.put('buffer', Buffer.from('buffer'));
        await reopen();
        const again = store.bytes('b');
        expect(await again.get('all')).toEqual(all);
        expect(await again.get('none')).toEqual(new Uint8Array());
        expect(await again.get('view')).toEqual(Uint8Array.from([100, 101, 102]));
        expect(Buffer.from((await again.get('buffer'))!).toString()).toBe('buffer');
      });

      it('gives bytes a Float32Array can be laid over', async () => {
        const vector = Float32Array.from({ length: 384 }, (_, index) => Math.fround(Math.sin(index)));
        await store.bytes('v').put('k', new Uint8Array(vector.buffer));
        const bytes = (await store.bytes('v').get('k'))!;
        expect(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)).toEqual(vector);
        for await (const [, one] of store.bytes('v').entries()) expect(one.byteOffset % 4).toBe(0);
      });

      it('keeps what was put, not what became of it', async () => {
        const bytes = Uint8Array.from([1, 2, 3]);
        const putting = store.bytes('b').put('k', bytes);
        bytes.fill(9);
        await putting;
        expect(await store.bytes('b').get('k')).toEqual(Uint8Array.from([1, 2, 3]));
      });

      it('is not a table of values', async () => {
        store.bytes('b');
        await refuses(async () => store.table('b'));
        await refuses(() => store.bytes('c').put('k', 'text' as unknown as Uint8Array));
      });
    });

    describe('ranges', () => {
      let table: Table<number>;
      beforeEach(async () => {
        table = store.table('t');
        // Neighbours by name, before and after: none of their records may show.
        for (const other of ['s', 't-', 't0', 't:x', 'tt', 'u']) await store.table<number>(other).put('a', 0);
        await store.batch(['a', 'b', 'c', 'd', 'e'].map((key, index) => table.putting(key, index)));
      });

      it.each<[Range, string]>([
        [{}, 'abcde'],
        [{ gte: 'b' }, 'bcde'],
        [{ gt: 'b' }, 'cde'],
        [{ lt: 'd' }, 'abc'],
        [{ lte: 'd' }, 'abcd'],
        [{ gt: 'a', lt: 'e' }, 'bcd'],
        [{ gte: 'b', lte: 'd', reverse: true }, 'dcb'],
        [{ limit: 2 }, 'ab'],
        [{ limit: 2, reverse: true }, 'ed'],
        [{ limit: 0 }, ''],
        [{ reverse: true }, 'edcba'],
        [{ gt: 'x' }, ''],
        [{ gte: 'd', lt: 'b' }, ''],
        [{ gte: '', lte: '\uffff' }, 'abcde'],
      ])('%j', async (range, expected) => {
        expect((await keysOf(table, range)).join('')).toBe(expected);
        const entries: (readonly [string, number])[] = [];
        for await (const entry of table.entries(range)) entries.push(entry);
        expect(entries.map(([key]) => key).join('')).toBe(expected);
        for (const [key, value] of entries) expect(value).toBe('abcde'.indexOf(key));
      });

      it('order keys by their bytes', async () => {
        const words = store.table<number>('words');
        const keys = ['', 'A', 'Z', 'a', 'aa', 'b', 'ä', '\uff5e', '🏠'];
        await store.batch([...keys].reverse().map((key) => words.putting(key, 1)));
        expect(await keysOf(words)).toEqual(keys);
      });

      it('can be left early, and see the table as it was', async () => {
        const seen: string[] = [];
        for await (const [key] of table.entries()) {
          seen.push(key);
          if (key === 'a') await store.batch([table.deleting('c'), table.putting('cc', 9)]);
          if (key === 'd') break;
        }
        expect(seen).toEqual(['a', 'b', 'c', 'd']);
        expect((await keysOf(table)).join(' ')).toBe('a b cc d e');
      });

      it('read ten thousand records', async () => {
        const many = store.table<number>('many');
        const keys = Array.from({ length: 10_000 }, (_, index) => `${index}`.padStart(6, '0'));
        await store.batch(
          keys.map((key, index) => many.putting(key, index)),
          { sync: false },
        );
        expect(await keysOf(many)).toEqual(keys);
        expect(await keysOf(many, { reverse: true, limit: 1 })).toEqual(['009999']);
      });
    });

    describe('a batch', () => {
      it('changes several tables', async () => {
        const numbers = store.table<number>('n');
        const bytes = store.bytes('b');
        await numbers.put('old', 1);
        await store.batch([
          numbers.putting('new', 2),
          numbers.deleting('old'),
          bytes.putting('new', Uint8Array.from([2])),
        ]);
        await reopen();
        expect(await store.table('n').get('new')).toBe(2);
        expect(await store.table('n').get('old')).toBeUndefined();
        expect(await store.bytes('b').get('new')).toEqual(Uint8Array.from([2]));
      });

      it('is all or nothing', async () => {
        const table = store.table<unknown>('t');
        await table.put('kept', 1);
        await refuses(() => store.batch([table.deleting('kept'), table.putting('bad', 10n)]));
        await refuses(() => store.batch([table.deleting('kept'), table.putting('\ud800', 1)]));
        await refuses(() =>
          store.batch([table.deleting('kept'), { table: 'unknown', type: 'del', key: 'x' }]),
        );
        expect(await table.get('kept')).toBe(1);
        await store.batch([]);
      });

      it('keeps its order, within itself and with other writes', async () => {
        const table = store.table<number>('t');
        await store.batch([table.putting('k', 1), table.deleting('k'), table.putting('k', 2)]);
        expect(await table.get('k')).toBe(2);
        await Promise.all([
          table.put('k', 3),
          store.batch([table.putting('k', 4)], { sync: false }),
          table.delete('k'),
          table.put('k', 5),
        ]);
        expect(await table.get('k')).toBe(5);
      });

      it('of one caller that fails does not fail others of the same moment', async () => {
        const table = store.table<unknown>('t');
        const outcomes = await Promise.allSettled([
          table.put('a', 1),
          table.put('b', 10n),
          store.batch([table.putting('c', 3)]),
        ]);
        expect(outcomes.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(await keysOf(table)).toEqual(['a', 'c']);
      });
    });

    describe('tables', () => {
      it('of one name are one table, of different names never meet', async () => {
        await store.table<number>('t').put('k', 1);
        expect(await store.table<number>('t').get('k')).toBe(1);
        for (const name of ['T', 'tt', 't.', 't:k', 'sessions/a@b_c-d']) {
          expect(await store.table(name).get('k')).toBeUndefined();
          await store.table<string>(name).put('k', name);
        }
        for (const name of ['T', 'tt', 't.', 't:k', 'sessions/a@b_c-d']) {
          expect(await store.table(name).get('k')).toBe(name);
        }
        for (const name of ['', '\0', 'a\0b', ' ', 'ä', 'a'.repeat(200), '!format']) {
          await refuses(async () => store.table(name));
        }
      });
    });

    describe('close', () => {
      it('waits for writes, then refuses work', async () => {
        const table = store.table<number>('t');
        const writes = Array.from({ length: 100 }, (_, index) => table.put(`${index}`, index));
        await store.close();
        await Promise.all(writes);
        await store.close();
        const closed = expect.objectContaining({ code: 'CLOSING' });
        await expect(table.put('late', 1)).rejects.toEqual(closed);
        await expect(table.get('1')).rejects.toEqual(closed);
        await expect(keysOf(table)).rejects.toEqual(closed);
        await expect(store.batch([table.putting('late', 1)])).rejects.toEqual(closed);
        store = await place.open();
        expect(await keysOf(store.table('t'))).toHaveLength(100);
        expect(await store.table('t').get('late')).toBeUndefined();
      });
    });

    it('verifies what it holds', async () => {
      const table = store.table<number>('t');
      const before = (await store.verify()).records;
      await store.batch(Array.from({ length: 2_500 }, (_, index) => table.putting(`${index}`, index)));
      expect(await store.verify()).toEqual({ records: before + 2_500, damaged: [] });
    });
  });
}

async function keysOf(table: Table<unknown>, range?: Range): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of table.keys(range)) keys.push(key);
  return keys;
}

async function refuses(work: () => Promise<unknown>): Promise<void> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(isVikingError(error) && error.code).toBe('INVALID_ARGUMENT');
}
