import { afterEach, beforeEach, expect, it } from 'vitest';
import type { IndexQuery } from '../../../src/index/index.ts';
import { IndexedTree } from './tree.ts';

const STAMP = 'm/4';
const about = (text: string): Float32Array => Float32Array.of(Number(/marsupial|quokka/.test(text)), 0, 0, 1);
const VECTOR = { stamp: STAMP, values: about('marsupial') };
const QUERY = { text: 'noon marsupial', within: ['a'], limit: 5 };

let tree: IndexedTree;
beforeEach(async () => {
  tree = await IndexedTree.make({
    'a/animals.md': 'A quokka hops.',
    'a/other.md': 'A quokka sleeps.',
    'a/port.md': 'The harbour opens at noon.',
  });
  await tree.open();
  await tree.index.vectors.expect(STAMP, 4);
  const missing = await tree.index.vectors.missing(10);
  await tree.index.vectors.put(
    STAMP,
    missing.map(({ id, text }) => ({ id, values: about(text) })),
  );
});
afterEach(() => tree.dispose());

/** A question whose vector comes when `give` is called. */
function ask() {
  let give!: (vector: IndexQuery['vector']) => void;
  const later = new Promise<IndexQuery['vector']>((resolve) => {
    give = resolve;
  });
  return { answer: tree.index.search(QUERY, later), give };
}

it('a vector that comes later answers as one that is there', async () => {
  const { answer, give } = ask();
  give(VECTOR);
  const found = await answer;
  expect(found).toEqual(await tree.index.search({ ...QUERY, vector: VECTOR }));
  expect(found.hits.map(({ path }) => path)).toContain('a/animals.md');
});

it('one that never comes leaves it to the words', async () => {
  const { answer, give } = ask();
  give(undefined);
  const found = await answer;
  expect(found).toEqual(await tree.index.search(QUERY));
  expect(found.hits.map(({ path }) => path)).toEqual(['a/port.md']);
});

it('what came while it was waited for is in the answer', async () => {
  const { answer, give } = ask();
  await tree.write('a/new.md', 'Lunch at noon.');
  await tree.touch('a');
  give(VECTOR);
  const found = await answer;
  expect(found.hits.map(({ path }) => path)).toContain('a/new.md');
  expect(found).toEqual(await tree.index.search({ ...QUERY, vector: VECTOR }));
});
