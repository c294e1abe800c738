import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.ts';
import { IndexedTree } from './tree.ts';

/** A model of four meanings: which of them a text has, by words that need not be those of the question. */
const MEANINGS = [/quokka|marsupial/, /bread|bakery/, /harbour|ship/, /subject/];
const DIMENSIONS = 64;

function vectorOf(text: string, shift = 0): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  MEANINGS.forEach((meaning, at) => {
    if (meaning.test(text)) vector[(at * 7 + shift) % DIMENSIONS] = 1;
  });
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

let tree: IndexedTree;
beforeEach(async () => {
  tree = await IndexedTree.make({
    'a/animals.md': 'A quokka hops.',
    'a/food.md': 'Garlic bread needs butter.',
    'a/port.md': 'The harbour opens at noon.',
    'b/secret.md': 'A quokka of somebody else.',
  });
  await tree.open();
});
afterEach(() => tree.dispose());

/** Makes what is missing, `batch` at a time, as an endpoint would. */
async function fill(stamp: string, { shift = 0, batch = 2 } = {}): Promise<number> {
  let made = 0;
  for (;;) {
    const missing = await tree.index.vectors.missing(batch);
    if (missing.length === 0) return made;
    await tree.index.vectors.put(
      stamp,
      missing.map(({ id, text }) => ({ id, values: vectorOf(text, shift) })),
    );
    made += missing.length;
  }
}

const ask = async (text: string, stamp: string, options: { shift?: number; within?: string[] } = {}) => {
  const { hits } = await tree.index.search({
    text,
    within: options.within ?? ['a'],
    limit: 3,
    vector: { stamp, values: vectorOf(text, options.shift) },
  });
  return hits.map(({ path }) => path);
};

describe('vectors of a model', () => {
  it('find what has no word in common, within what is asked for only', async () => {
    expect(await tree.index.vectors.missing(10)).toEqual([]);
    await tree.index.vectors.expect('m/64', DIMENSIONS);
    expect(await tree.index.vectors.missing(2)).toHaveLength(2);
    expect(await fill('m/64')).toBe(4);
    expect(await ask('marsupial', 'm/64')).toEqual(['a/animals.md']);
    expect(await ask('marsupial', 'm/64', { within: ['b'] })).toEqual(['b/secret.md']);
    expect((await ask('where is the bakery', 'm/64'))[0]).toBe('a/food.md');
    expect(await ask('marsupial', 'other/64')).toEqual([]);
    expect(tree.index.status().modelVectors).toEqual({
      mode: 'exact',
      serving: { stamp: 'm/64', vectors: 4, missing: 0 },
    });
  });

  it('survive a restart, and follow edits and removals', async () => {
    await tree.index.vectors.expect('m/64', DIMENSIONS);
    await fill('m/64');
    await tree.close();
    await tree.open();
    await tree.index.vectors.expect('m/64', DIMENSIONS);
    expect(await tree.index.vectors.missing(10)).toEqual([]);
    await eventually(async () => (await ask('marsupial', 'm/64'))[0] === 'a/animals.md', {
      what: 'vectors are read',
    });
    await tree.write('a/animals.md', 'Nothing about them.');
    await tree.remove('a/port.md');
    await tree.touch('a');
    expect(await ask('marsupial', 'm/64')).toEqual([]);
    expect((await tree.index.vectors.missing(10)).map(({ text }) => text)).toEqual([
      expect.stringContaining('Nothing about them.'),
    ]);
  });

  it('of another model are gathered while the first one answers, then take its place', async () => {
    await tree.index.vectors.expect('m/64', DIMENSIONS);
    await fill('m/64');
    await tree.index.vectors.expect('n/64', DIMENSIONS);
    const [first, ...rest] = await tree.index.vectors.missing(10);
    await tree.index.vectors.put('n/64', [{ id: first!.id, values: vectorOf(first!.text, 3) }]);
    expect(await ask('marsupial', 'm/64')).toEqual(['a/animals.md']);
    expect(await ask('marsupial', 'n/64', { shift: 3 })).toEqual([]);
    await tree.close();
    await tree.open();
    await tree.index.vectors.expect('n/64', DIMENSIONS);
    // While vectors are read from disk, none of them counts as missing.
    await eventually(async () => (await tree.index.vectors.missing(10)).length === rest.length, {
      what: 'the rest is missing',
    });
    await fill('n/64', { shift: 3 });
    await eventually(() => tree.index.status().modelVectors.serving?.stamp === 'n/64', { what: 'the swap' });
    expect(tree.index.status().modelVectors).not.toHaveProperty('gathering');
    expect(await ask('marsupial', 'n/64', { shift: 3 })).toEqual(['a/animals.md']);
    await expect(tree.index.vectors.put('m/64', [])).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('refuses what is no vector, forgets what was gone meanwhile, and asks no more for what cannot be made', async () => {
    const { vectors } = tree.index;
    await expect(vectors.expect('m/0', 0)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await vectors.expect('m/64', DIMENSIONS);
    const [one] = await vectors.missing(1);
    for (const values of [new Float32Array(3), new Float32Array(DIMENSIONS).fill(Number.NaN)]) {
      await expect(vectors.put('m/64', [{ id: one!.id, values }])).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
    await vectors.put('m/64', [
      { id: 4_000_000, values: vectorOf('bread') },
      { id: one!.id, values: new Float32Array(0) },
    ]);
    expect((await vectors.missing(10)).map(({ id }) => id)).not.toContain(one!.id);
  });

  it('are asked for again after their store was damaged', async () => {
    await tree.index.vectors.expect('m/64', DIMENSIONS);
    await fill('m/64');
    await tree.close();
    const dir = join(tree.indexDir, 'passages');
    for (const name of await readdir(dir))
      if (/\.(?:ldb|log)$/.test(name)) await truncate(join(dir, name), 20);
    await tree.open();
    await tree.index.vectors.expect('m/64', DIMENSIONS);
    await fill('m/64');
    expect(await ask('marsupial', 'm/64')).toEqual(['a/animals.md']);
  });
});
