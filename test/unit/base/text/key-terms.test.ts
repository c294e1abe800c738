import { describe, expect, it } from 'vitest';
import { countTerms, coverageTerms, topTerms } from '../../../../src/base/text/key-terms.ts';

const words = (terms: readonly { word: string }[]): string[] => terms.map(({ word }) => word);

describe('topTerms', () => {
  it('counts forms of one word together and shows the commonest', () => {
    const bag = countTerms('compaction compactions compaction merging merge');
    expect(topTerms(bag, 2)).toEqual([
      { word: 'compaction', count: 3 },
      { word: 'merge', count: 2 },
    ]);
  });

  it('puts words of every manual behind words of this one', () => {
    const bag = countTerms('file file file option value compaction checksum');
    expect(words(topTerms(bag, 2))).toEqual(['checksum', 'compaction']);
  });

  it('leaves out hashes and encoded data', () => {
    expect(words(topTerms(countTerms('deadbeefcafe0123 19q a1b2c3d4 compaction'), 5))).toEqual([
      'compaction',
    ]);
  });

  it('does not depend on the order of equal terms', () => {
    expect(words(topTerms(countTerms('zebra apple mango'), 3))).toEqual(
      words(topTerms(countTerms('mango zebra apple'), 3)),
    );
  });
});

describe('coverageTerms', () => {
  const child = (...names: string[]) => names.map((word) => ({ word, count: 1 }));

  it('prefers what many children share to what one repeats', () => {
    const loud = [
      { word: 'histogram', count: 20 },
      { word: 'storage', count: 1 },
    ];
    expect(words(coverageTerms([loud, child('storage', 'gauge'), child('storage')], 5))).toEqual(['storage']);
  });

  it('takes all terms of one or two children', () => {
    expect(words(coverageTerms([child('alpha'), child('beta')], 5))).toEqual(['alpha', 'beta']);
  });

  it('counts forms of one word across children as shared', () => {
    expect(words(coverageTerms([child('compaction'), child('compactions'), child('other')], 5))).toEqual([
      'compaction',
    ]);
  });

  it('has none without children', () => {
    expect(coverageTerms([], 5)).toEqual([]);
    expect(coverageTerms([[], []], 5)).toEqual([]);
  });
});
