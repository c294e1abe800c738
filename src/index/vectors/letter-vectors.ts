import type { TermFeatures } from '../../models/index.ts';
import type { Corpus } from '../corpus.ts';
import { scoring, type TermScoring } from '../words/score-terms.ts';
import { countIn, slotIn, type WordIndex } from '../words/word-index.ts';
import { byNearness, type Near } from './near.ts';
import type { Nearness, VectorScope } from './nearness.ts';

/** Words that stand for the query when texts without a common word are looked for. */
const NEAR_TERMS = 48;
/** A word whose cosine with the query is below this is like it by chance. */
const NEAR_TERM_MIN = 0.12;

/**
 * Vectors of hashed features, computed when asked for from the words of a passage: nothing is stored, loaded or kept in
 * memory but the codes of each word. What a passage's vector would be is the sum over its words of what they add, so its
 * product with the query is the sum of their products; its length leaves out that words of one passage share grams.
 */
export class LetterVectors implements Nearness {
  readonly #features: TermFeatures;
  readonly #compareTerms: TermScoring['compareTerms'];
  readonly #corpus: Corpus;
  #codes = new Uint16Array(4096);
  /** Where the codes of each term begin, one more than there are terms; follows the vocabulary of `#index`. */
  #starts = new Uint32Array(1024);
  #known = 0;
  /** Squared length of what a term adds. */
  #squares = new Float32Array(1024);
  /** Products of terms with the query at hand, for each term that was met; the same memory for every question. */
  #products = new Float64Array(1024);
  #index: WordIndex | undefined;

  constructor(features: TermFeatures, corpus: Corpus, compareTerms = scoring.compareTerms) {
    this.#compareTerms = compareTerms;
    this.#features = features;
    this.#corpus = corpus;
  }

  similarities(query: Float32Array, ids: readonly number[]): Promise<Float64Array> {
    this.#follow();
    const products = this.#features.products(query);
    const sums = this.#sums(products, ids);
    return Promise.resolve(
      Float64Array.from(ids, (_, at) =>
        sums[2 * at + 1] === 0 ? 0 : sums[2 * at]! / Math.sqrt(sums[2 * at + 1]!),
      ),
    );
  }

  /** Of each passage its product with the query and its squared length; zeros for one that is gone. */
  #sums(products: Float32Array, ids: readonly number[]): Float64Array {
    const slots = ids.map((id) => this.#corpus.slotOf(id));
    const sums = new Float64Array(ids.length * 2);
    const table = {
      codes: this.#codes,
      starts: this.#starts,
      squares: this.#squares,
      products,
      logWeights: LOG_WEIGHTS,
    };
    const isWhole = slots.every((slot) => slot !== undefined);
    if (isWhole && this.#compareTerms(Uint32Array.from(slots), this.#corpus.index.termLists, table, sums))
      return sums;
    const memo = this.#products.fill(Number.NaN, 0, this.#known);
    const squares = this.#squares;
    let at = 0;
    const add = (term: number, count: number): void => {
      let product = memo[term]!;
      if (Number.isNaN(product)) memo[term] = product = this.#product(term, products);
      const weight = logWeight(count);
      sums[at]! += weight * product;
      sums[at + 1]! += weight * weight * squares[term]!;
    };
    sums.fill(0);
    for (const slot of slots) {
      if (slot !== undefined) this.#corpus.index.forEachTerm(slot, add);
      at += 2;
    }
    return sums;
  }

  nearest(query: Float32Array, count: number, scope: VectorScope): readonly Near[] {
    this.#follow();
    const { index } = this.#corpus;
    const products = this.#features.products(query);
    const sums = new Map<number, number>();
    let terms = 0;
    for (const { term, product } of this.#nearTerms(products)) {
      if (terms === NEAR_TERMS) break;
      const { values, count: occurrences } = index.occurrences(term, scope.documents);
      // A word that only others have must not take the place of one that the caller's passages have.
      if (occurrences > 0) terms++;
      for (let at = 0; at < occurrences; at++) {
        const slot = slotIn(values[at]!);
        sums.set(slot, (sums.get(slot) ?? 0) + logWeight(countIn(values[at]!)) * product);
      }
    }
    // A long passage has more sum and less cosine: look at more of them than are wanted.
    const best = [...sums].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, count * 4);
    return best
      .map(([slot, sum]) => ({ id: this.#corpus.idOf(slot), similarity: sum / this.#lengthOf(slot) }))
      .sort(byNearness)
      .slice(0, count);
  }

  /** Words like the query's, most alike first; in whatever passages. */
  #nearTerms(products: Float32Array): { term: number; product: number }[] {
    const found: { term: number; product: number }[] = [];
    for (let term = 0; term < this.#known; term++) {
      const product = this.#product(term, products);
      if (product * product > NEAR_TERM_MIN * NEAR_TERM_MIN * this.#squares[term]! && product > 0)
        found.push({ term, product });
    }
    return found.sort((a, b) => b.product - a.product || a.term - b.term);
  }

  #product(term: number, products: Float32Array): number {
    const codes = this.#codes;
    const end = this.#starts[term + 1]!;
    let sum = 0;
    for (let at = this.#starts[term]!; at < end; at++) sum += products[codes[at]!]!;
    return sum;
  }

  #lengthOf(slot: number): number {
    let square = 0;
    this.#corpus.index.forEachTerm(slot, (term, count) => {
      const weight = logWeight(count);
      square += weight * weight * this.#squares[term]!;
    });
    return square === 0 ? 1 : Math.sqrt(square);
  }

  /** Takes up the words that the vocabulary has won since the last question. */
  #follow(): void {
    const { index } = this.#corpus;
    if (this.#index !== index) {
      this.#index = index;
      this.#known = 0;
    }
    const { vocabulary } = index;
    for (; this.#known < vocabulary.size; this.#known++) {
      const codes = this.#features.of(vocabulary.word(this.#known));
      const start = this.#starts[this.#known]!;
      this.#reserve(start + codes.length);
      this.#codes.set(codes, start);
      this.#starts[this.#known + 1] = start + codes.length;
      let square = 0;
      for (const code of codes) square += this.#features.weights[code]! ** 2;
      this.#squares[this.#known] = square;
    }
  }

  #reserve(codes: number): void {
    if (codes > this.#codes.length) {
      const larger = new Uint16Array(Math.ceil(codes * 1.5));
      larger.set(this.#codes);
      this.#codes = larger;
    }
    if (this.#known + 2 <= this.#starts.length) return;
    const starts = new Uint32Array(this.#starts.length * 2);
    starts.set(this.#starts);
    this.#starts = starts;
    const squares = new Float32Array(this.#starts.length);
    squares.set(this.#squares);
    this.#squares = squares;
    this.#products = new Float64Array(this.#starts.length);
  }
}

/** What a term counts that occurs so often; most occur once or a few times. */
function logWeight(count: number): number {
  return count < LOG_WEIGHTS.length ? LOG_WEIGHTS[count]! : 1 + Math.log(count);
}

const LOG_WEIGHTS = Float64Array.from({ length: 64 }, (_, count) => (count === 0 ? 0 : 1 + Math.log(count)));
