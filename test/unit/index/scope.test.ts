import { afterEach, describe, expect, it } from 'vitest';
import { Corpus } from '../../../src/index/corpus.ts';
import { ByteMatrix } from '../../../src/index/vectors/byte-matrix.ts';
import { encodeVector } from '../../../src/index/vectors/codec.ts';
import { IndexedTree } from './tree.ts';

const OWN = {
  'a/harbour.md': '# Harbour\n\nThe quayside lighthouse keeper polishes lanterns every evening.\n',
  'a/kitchen.md': '# Kitchen\n\nThe baker kneads sourdough before sunrise.\n',
  'a/notes/misc.md': 'Lighthouses and bakeries are mentioned here together, at length, in one sentence.\n',
  'a/notes/log.md': 'Nothing of note happened on Tuesday.\n',
};
/** Words near those of the questions, and the very words, many times: all that could crowd out or weigh down. */
const OTHERS = Object.fromEntries(
  Array.from({ length: 40 }, (_, at) => {
    const like = `lighthousekeeping${at} lightkeeper${at} lighthousing lighthouse keeper${at} bakerman${at} sourdoughs`;
    const ending = String.fromCharCode(97 + (at % 26), 97 + Math.floor(at / 26));
    const misspelt = ['lighthausing', 'lighthausings', 'lighthauskepers']
      .map((word) => word + ending)
      .join(' ');
    return [`b/${at}/lighthouse-${at}.md`, `# Lighthouse ${at}\n\n${`${like} ${misspelt} `.repeat(5)}\n`];
  }),
);
const QUESTIONS = [
  'lighthouse keeper',
  'lighthousekeepers',
  'sourdoughbaker',
  'who tends the lantern',
  'lighthouse-7.md',
  'bakry',
  'lighthousingers',
  'lighthauskeperz',
];

const trees: IndexedTree[] = [];
afterEach(async () => {
  for (const tree of trees.splice(0)) await tree.dispose();
});

async function treeOf(files: Readonly<Record<string, string>>): Promise<IndexedTree> {
  const tree = await IndexedTree.make(files);
  trees.push(tree);
  await tree.open();
  return tree;
}

describe('what is outside of the scope', () => {
  it('has no part in an answer: hits, scores and reasons are those of an index without it', async () => {
    const alone = await treeOf(OWN);
    const among = await treeOf({ ...OTHERS, ...OWN });
    for (const question of QUESTIONS)
      expect(await among.find(question), question).toEqual(await alone.find(question));
  });

  it('stays outside when it is let in and taken away again', async () => {
    const tree = await treeOf({ ...OTHERS, ...OWN });
    const before = await tree.find('lighthouse keeper');
    expect((await tree.find('lighthouse keeper', ['a', 'b'])).some(({ path }) => path.startsWith('b/'))).toBe(
      true,
    );
    expect(await tree.find('lighthouse keeper')).toEqual(before);
  });
});

it('a scope asked for before memory was filled is not believed afterwards', () => {
  const from = new Corpus();
  from.put('a/one.md', { kind: 'text', version: 1 }, [
    { id: 1, start: 1, end: 1, hash: 1, terms: ['quokka'] },
  ]);
  const into = new Corpus();
  expect(into.scope(['a']).passageCount).toBe(0);
  into.adopt(from.sections());
  expect(into.scope(['a'])).toMatchObject({ documentCount: 1, passageCount: 1 });
});

describe('vectors compared by signs', () => {
  const DIMENSIONS = 512;
  const COUNT = 6_000;

  /** Of a hundred groups, each with a direction of its own. */
  function vector(seed: number): Float32Array {
    const random = (state: number) => {
      let value = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
      value = Math.imul(value ^ (value >>> 12), 0x297a2d39);
      return ((value ^ (value >>> 15)) >>> 0) / 2 ** 31 - 1;
    };
    const values = Float32Array.from(
      { length: DIMENSIONS },
      (_, at) => random((seed % 100) * 7_919 + at * 104_729) + 0.8 * random(seed * 31 + at * 15_485_863),
    );
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  }

  it('are the nearest of all, and of those allowed no other is looked at', () => {
    const matrix = new ByteMatrix(DIMENSIONS);
    const ids = Array.from({ length: COUNT }, (_, at) => at + 1);
    for (const id of ids) matrix.put(id, encodeVector(vector(id)));
    const third = new Uint32Array((COUNT >>> 5) + 1);
    for (const id of ids) if (id % 3 === 0) third[id >>> 5]! |= 1 << (id & 31);
    for (const seed of [3, 250, 4_801]) {
      const query = vector(seed + COUNT * 100);
      const exact = matrix.nearestOf(query, 10, ids);
      expect(matrix.nearestBySigns(query, 10, undefined)).toEqual(exact);
      const allowed = ids.filter((id) => id % 3 === 0);
      expect(matrix.nearestBySigns(query, 10, third)).toEqual(matrix.nearestOf(query, 10, allowed));
    }
    expect(matrix.nearestBySigns(vector(1), 10, new Uint32Array())).toEqual([]);
  });
});
