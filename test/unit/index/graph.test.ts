import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { loadLibrary, VectorGraph } from '../../../src/index/vectors/graph.ts';
import { saveGraph, verifyGraph } from '../../../src/index/vectors/graph-file.ts';
import { passageKey, VectorIndex } from '../../../src/index/vectors/vector-index.ts';
import { openStore, type Store } from '../../../src/records/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const DIMENSIONS = 16;
const facts = { dimensions: DIMENSIONS, stamp: 'test/16', generation: 'g1' };
const all = (): boolean => true;

let temp: TempDir;
beforeEach(async () => {
  temp = await tempDir();
});
afterEach(() => temp.remove());

/** Deterministic unit vectors; the nearest to `vector(n)` is itself. */
function vector(seed: number): Float32Array {
  let state = seed * 2_654_435_761 + 1;
  const values = Float32Array.from({ length: DIMENSIONS }, () => {
    state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9;
    return ((state >>> 0) / 2 ** 32) * 2 - 1;
  });
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

async function graphOf(count: number): Promise<VectorGraph> {
  const library = await loadLibrary();
  const { graph } = await VectorGraph.open(library!, temp.path, facts);
  for (let id = 1; id <= count; id++) graph.add(id, vector(id));
  return graph;
}

async function reopen(
  changed: Partial<typeof facts> = {},
): Promise<{ graph: VectorGraph; reason: string | undefined }> {
  const library = await loadLibrary();
  return VectorGraph.open(library!, temp.path, { ...facts, ...changed });
}

describe('vector graph', () => {
  it('finds the nearest, within what is allowed, without what was deleted', async () => {
    const graph = await graphOf(500);
    expect(graph.nearest(vector(7), 1, all)).toMatchObject([{ id: 7 }]);
    expect(graph.nearest(vector(7), 5, (id) => id > 100).every(({ id }) => id > 100)).toBe(true);
    graph.delete(7);
    expect(graph.nearest(vector(7), 3, all).map(({ id }) => id)).not.toContain(7);
    expect(graph.size).toBe(499);
  });

  it('grows past its first capacity, and lives with odd requests', async () => {
    const graph = await graphOf(5_000);
    expect(graph.nearest(vector(4_999), 1, all)).toMatchObject([{ id: 4_999 }]);
    graph.add(1, vector(2));
    expect(graph.nearest(vector(1), 1, all)).toMatchObject([{ id: 1 }]);
    graph.delete(99_999);
    expect(graph.nearest(vector(1), 100_000, all).length).toBeGreaterThan(0);
    expect(graph.nearest(vector(1), 3, () => false)).toEqual([]);
    const throws = (): boolean => {
      throw new Error('a filter that throws would end the process');
    };
    expect(graph.nearest(vector(1), 3, throws)).toEqual([]);
    expect((await graphOf(0)).nearest(vector(1), 3, all)).toEqual([]);
  });

  it('is the same after a save and a load, deletions included', async () => {
    const graph = await graphOf(300);
    graph.delete(5);
    await graph.save();
    expect(graph.unsaved).toBe(0);
    const { graph: loaded, reason } = await reopen();
    expect(reason).toBeUndefined();
    expect(loaded.nearest(vector(9), 5, all)).toEqual(graph.nearest(vector(9), 5, all));
    expect(loaded.nearest(vector(5), 3, all).map(({ id }) => id)).not.toContain(5);
    loaded.delete(5);
    loaded.add(301, vector(301));
    expect(loaded.nearest(vector(301), 1, all)).toMatchObject([{ id: 301 }]);
  });

  const file = (): string => join(temp.path, 'graph.hnsw');
  const damages: [string, () => Promise<void>][] = [
    ['truncated', () => truncate(file(), 4_000)],
    ['empty', () => truncate(file(), 0)],
    ['deleted', () => rm(file())],
    ['garbage', () => writeFile(file(), Buffer.alloc(9_000, 0xa5))],
    ['longer', async () => writeFile(file(), Buffer.concat([await readFile(file()), Buffer.alloc(8)]))],
    [
      'flipped in a link, which would crash the library',
      async () => {
        const bytes = await readFile(file());
        bytes.writeUInt32LE(0x7fffffff, 96 + 4);
        await writeFile(file(), bytes);
      },
    ],
    ['without a header', () => rm(join(temp.path, 'graph.json'))],
    ['under a broken header', () => writeFile(join(temp.path, 'graph.json'), '{"format":1')],
  ];
  it.each(damages)('begins anew when the file is %s', async (_name, damage) => {
    const graph = await graphOf(300);
    await graph.save();
    await damage();
    const { graph: loaded, reason } = await reopen();
    expect(reason).toEqual(expect.any(String));
    expect(loaded.size).toBe(0);
    expect(loaded.nearest(vector(1), 3, all)).toEqual([]);
    loaded.add(1, vector(1));
    await loaded.save();
    expect((await reopen()).reason).toBeUndefined();
  });

  it.each([
    ['dimension', { dimensions: 8 }],
    ['embedder', { stamp: 'other/16' }],
    ['store', { generation: 'g2' }],
  ])('refuses a file of another %s', async (_name, changed) => {
    const graph = await graphOf(50);
    await graph.save();
    const { graph: loaded, reason } = await reopen(changed);
    expect(reason).toMatch(/ not /);
    expect(loaded.size).toBe(0);
  });

  it('keeps the old file when the new one is cut short, as on a full disk', async () => {
    const graph = await graphOf(300);
    await graph.save();
    const before = await readFile(file());
    const cut = saveGraph(temp.path, { ...facts, count: 300 }, (path) =>
      writeFile(path, before.subarray(0, -10)),
    );
    await expect(cut).rejects.toThrow(/structure|ends/);
    await expect(
      saveGraph(temp.path, { ...facts, count: 300 }, (path) => writeFile(path, '')),
    ).rejects.toThrow();
    expect(await readFile(file())).toEqual(before);
    expect(await verifyGraph(temp.path, facts)).toMatchObject({ count: 300 });
  });
});

describe('vector index', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore({ dir: join(temp.path, 'store'), format: 1 });
  });
  afterEach(() => store.close());

  const open = (exactMaxFloats: number): VectorIndex =>
    new VectorIndex({
      ...facts,
      dir: join(temp.path, 'vectors'),
      foldedDimensions: DIMENSIONS,
      table: store.bytes('vectors'),
      log: silentLogger,
      exactMaxFloats,
    });

  async function fill(index: VectorIndex, from: number, to: number): Promise<void> {
    for (let id = from; id <= to; id++) {
      await store.batch([store.bytes('vectors').putting(passageKey(id), index.encode(vector(id)))], {
        sync: false,
      });
      index.put(id, index.encode(vector(id)));
    }
  }

  async function settle(index: VectorIndex): Promise<void> {
    for (let step = 0; index.isBehind && step < 10_000; step++) await index.work();
    expect(index.isBehind).toBe(false);
  }

  const scope = (ids: readonly number[]) => ({
    count: ids.length,
    isEverything: true,
    documents: new Uint8Array(),
    bits: () => new Uint32Array(),
    ids: () => ids,
  });
  const first = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

  it('compares exactly while small, by graph when large, with the same nearest', async () => {
    const exact = open(1e9);
    const graph = open(100 * DIMENSIONS);
    await fill(exact, 1, 3_000);
    await fill(graph, 1, 3_000);
    expect(exact.mode).toBe('exact');
    expect(graph.mode).toBe('signs');
    // While the graph is built, signs answer.
    expect(graph.nearest(vector(3), 1, scope(first(3_000)))).toMatchObject([{ id: 3 }]);
    await settle(graph);
    expect(graph.mode).toBe('hnsw');
    for (const ids of [first(3_000), first(50)]) {
      for (const seed of [3, 17, 42]) {
        const wanted = exact.nearest(vector(seed), 5, scope(ids)).map(({ id }) => id);
        const found = graph.nearest(vector(seed), 5, scope(ids)).map(({ id }) => id);
        // Stored vectors are rounded to bytes, so near ties may change places.
        expect(found[0]).toBe(wanted[0]);
        expect(wanted.filter((id) => found.includes(id)).length).toBeGreaterThanOrEqual(4);
      }
    }
    const near = await graph.similarities(vector(8), [8, 9, 999_999]);
    expect(near[0]).toBeCloseTo(1, 2);
    expect(near[2]).toBe(0);
  });

  it('loads a saved graph, adds what it lacks and drops what is gone', async () => {
    const before = open(100 * DIMENSIONS);
    await fill(before, 1, 1_500);
    await settle(before);
    await before.close();
    const after = open(100 * DIMENSIONS);
    after.adopt(first(1_500).filter((id) => id !== 7));
    await fill(after, 1_501, 1_510);
    await settle(after);
    const ids = first(1_510);
    expect(after.nearest(vector(1_505), 1, scope(ids))).toMatchObject([{ id: 1_505 }]);
    expect(after.nearest(vector(7), 5, scope(ids)).map(({ id }) => id)).not.toContain(7);
  });

  it('goes back to exact when most vectors went, and lives with missing records', async () => {
    const index = open(100 * DIMENSIONS);
    await fill(index, 1, 150);
    await settle(index);
    for (let id = 41; id <= 150; id++) index.delete(id);
    expect(index.mode).toBe('exact');
    await store.bytes('vectors').delete(passageKey(2));
    const reopened = open(100 * DIMENSIONS);
    reopened.adopt(first(40));
    await settle(reopened);
    expect(reopened.nearest(vector(3), 1, scope(first(40)))).toMatchObject([{ id: 3 }]);
    expect(reopened.nearest(vector(2), 40, scope(first(40))).map(({ id }) => id)).not.toContain(2);
    expect(reopened.has(2)).toBe(false);
  });
});
