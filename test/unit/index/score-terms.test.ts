import { describe, expect, it } from 'vitest';
import { ADDON_PROTOCOL, requireAddon } from '../../../src/base/native-addon.ts';
import { Corpus, type CorpusPassage } from '../../../src/index/corpus.ts';
import { LetterVectors } from '../../../src/index/vectors/letter-vectors.ts';
import {
  nativeScoring,
  plainScoring,
  type ScoreTable,
  type TermScoring,
} from '../../../src/index/words/score-terms.ts';
import { createHashEmbedder } from '../../../src/models/index.ts';

/** The addon is built before the tests are run (`scripts/check`). */
function builtScoring(): TermScoring {
  const built = nativeScoring();
  if (built === undefined)
    throw new Error('the addon is missing or older than its sources: run `npm run build:native`');
  return built;
}
const native = builtScoring();

/** Numbers from 0 to 1, the same in every run (xorshift32). */
function numbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const WORDS = Array.from({ length: 60 }, (_, at) => `word${at}ing`);

/** 80 documents of up to 20 passages of skewed words; some were edited and some removed. */
function corpus(): Corpus {
  const random = numbers(5);
  const filled = new Corpus();
  let id = 1;
  const write = (path: string, version: number): void => {
    const passages = Array.from({ length: 1 + Math.floor(random() * 20) }, (): CorpusPassage => {
      const terms = Array.from({ length: 1 + Math.floor(random() * 80) }, () => {
        return WORDS[Math.floor(WORDS.length * random() ** 3)]!;
      });
      return { id: id++, start: 1, end: 2, hash: id, terms };
    });
    filled.put(path, { kind: 'text', version }, passages);
  };
  for (let at = 0; at < 80; at++) write(`x/${at % 4}/${at}.md`, 1);
  for (let at = 0; at < 80; at += 7) write(`x/${at % 4}/${at}.md`, 2);
  for (let at = 3; at < 80; at += 11) filled.remove(`x/${at % 4}/${at}.md`);
  return filled;
}

function tableOf({ index }: Corpus, scope: Uint8Array, shares: boolean): ScoreTable {
  return {
    documentOf: index.documentOf.data,
    lengthOf: index.lengthOf.data,
    documentLength: index.documentLength.data,
    scope,
    passage: new Float64Array(index.slots),
    share: new Float64Array(shares ? index.slots : 0),
    document: new Float64Array(index.documentBound),
    counts: new Float64Array(index.documentBound),
    slots: new Uint32Array(index.slots),
    documents: new Uint32Array(index.documentBound),
    seen: new Uint32Array(index.documentBound),
    filled: new Uint32Array(3),
  };
}

/** Everything a question of three terms leaves behind. */
function scored(scoring: TermScoring, filled: Corpus, { shares }: { readonly shares: boolean }) {
  const { index } = filled;
  const { documents: scope } = filled.scope(['x/1', 'x/2', 'x/3']);
  const table = tableOf(filled, scope, shares);
  const counted: number[] = [];
  for (const [at, word] of [WORDS[0]!, WORDS[7]!, WORDS[40]!].entries()) {
    const list = index.postings(index.vocabulary.number(word)!);
    counted.push(scoring.countPostings(list, table.documentOf, scope));
    scoring.scorePassages(list, Float64Array.of(1.7 + at, 0.9, 0.4, 41.3, 0.21), table);
    scoring.scoreDocuments(Float64Array.of(0.3 + at, 1.2, 0.75, 411.7, 0), table);
  }
  const best = new Uint32Array(index.documentBound);
  const found = new Uint32Array(index.documentBound);
  const slots = table.slots.subarray(0, table.filled[0]);
  const count = scoring.bestSlots(slots, table.passage, table.documentOf, filled.ordinals, best, found);
  return { table, counted, best, found, count };
}

describe('words scored by the addon and in JavaScript', () => {
  it.each([true, false])('are the same to the last bit, with shares: %s', (shares) => {
    const filled = corpus();
    const one = scored(native, filled, { shares });
    expect(one).toEqual(scored(plainScoring, filled, { shares }));
    expect(one.counted[0]).toBeGreaterThan(100);
    expect(one.count).toBeGreaterThan(30);
    expect(one.count).toBe(one.table.filled[1]);
  });

  it('have letters compared the same, also where a word is very frequent', async () => {
    const filled = corpus();
    filled.put('x/often.md', { kind: 'text', version: 1 }, [
      { id: 100_000, start: 1, end: 2, hash: 1, terms: Array.from({ length: 90 }, () => WORDS[3]!) },
    ]);
    const { features } = createHashEmbedder();
    const query = createHashEmbedder().embedTerms(['word3in', 'word7', 'xword40ing']);
    const ids = [...filled.ids()].filter((id) => id !== 100_000);
    for (const asked of [ids, [...ids, 100_000], [...ids, 99_999]]) {
      const [byAddon, plainly] = await Promise.all(
        [native, plainScoring].map(({ compareTerms }) =>
          new LetterVectors(features, filled, compareTerms).similarities(query, asked),
        ),
      );
      expect(byAddon).toEqual(plainly);
      expect(Math.max(...byAddon!)).toBeGreaterThan(0.1);
    }
  });

  it('write nowhere else, whatever they are given', () => {
    const filled = corpus();
    const table = tableOf(filled, filled.scope(['x']).documents, false);
    const weights = Float64Array.of(1, 1, 1, 1, 1);
    const arena = Uint32Array.of(0, 9, 0xffff_ff01, 0x0000_0101);
    expect(() => native.scorePassages({ arena, head: 1, count: 2 }, weights, table)).not.toThrow();
    expect(() => native.scorePassages({ arena, head: 1, count: 3 }, weights, table)).toThrow(RangeError);
    expect(() => native.countPostings({ arena, head: 4, count: 1 }, table.documentOf, table.scope)).toThrow(
      RangeError,
    );
    const small = {
      ...table,
      slots: new Uint32Array(1),
      seen: new Uint32Array(1),
      filled: new Uint32Array(3),
    };
    const list = filled.index.postings(filled.index.vocabulary.number(WORDS[0]!)!);
    native.scorePassages(list, weights, small);
    expect([...small.filled]).toEqual([1, 0, 1]);
    expect(() => native.scorePassages(list, new Float64Array(1), table)).toThrow(RangeError);
    expect(() => native.scorePassages(list, weights, { ...table, scope: arena as never })).toThrow(TypeError);
    const lists = { bytes: Uint8Array.of(2, 255), starts: Uint32Array.of(0) };
    const terms = {
      codes: new Uint16Array(1),
      starts: new Uint32Array(1),
      squares: new Float32Array(1),
      products: new Float32Array(1),
      logWeights: new Float64Array(2),
    };
    const sums = new Float64Array(2);
    expect(() => native.compareTerms(Uint32Array.of(0), lists, terms, sums)).toThrow(RangeError);
    expect(() => native.compareTerms(Uint32Array.of(7), lists, terms, sums)).toThrow(RangeError);
    expect(() => native.compareTerms(Uint32Array.of(0), lists, terms, new Float64Array(1))).toThrow(
      RangeError,
    );
  });

  it('are left to JavaScript by an addon without them', () => {
    const whole = requireAddon() as object;
    expect(nativeScoring(() => whole)).toBeDefined();
    expect(nativeScoring(() => ({ ...whole, bestSlots: undefined }))).toBeUndefined();
    expect(nativeScoring(() => ({ ...whole, protocol: ADDON_PROTOCOL - 1 }))).toBeUndefined();
    expect(
      nativeScoring(() => {
        throw new Error('not built');
      }),
    ).toBeUndefined();
  });
});
