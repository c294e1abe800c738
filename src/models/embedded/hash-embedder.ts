import { tokenize } from '../../base/text/tokenize.ts';
import type { Embedder, TermFeatures } from '../contract.ts';
import { CODE_WEIGHTS, codeProducts, componentOf, HASH_DIMENSIONS, termCodes } from './term-features.ts';

export { HASH_DIMENSIONS };

const CACHE_MAX_WORDS = 50_000;

/**
 * Feature hashing of stems and their character 3- and 4-grams (Weinberger et al. 2009): no model, no key, no network.
 * It knows letters, not meaning: it finds misspelt, joined and inflected words that exact terms miss, nothing more.
 * `weightOf` scales a query's words, e.g. by their rarity; documents stay independent of the corpus.
 */
export class HashEmbedder implements Embedder {
  readonly stamp = `embedded-hash-v1/${HASH_DIMENSIONS}`;
  readonly dimensions = HASH_DIMENSIONS;
  readonly local = true;
  readonly foldedDimensions = 128;
  readonly features: TermFeatures = {
    of: (term) => termCodes(term),
    weights: CODE_WEIGHTS,
    products: codeProducts,
  };
  readonly #codes = new Map<string, Uint16Array>();

  embed(texts: readonly string[]): Promise<readonly Float32Array[]> {
    return Promise.resolve(texts.map((text) => this.embedTerms(tokenize(text))));
  }

  /** The vector of a text given as its index terms; all zeros for none. Unit length otherwise. */
  embedTerms(terms: readonly string[], weightOf: (term: string) => number = () => 1): Float32Array {
    const counts = new Map<string, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    const vector = new Float32Array(this.dimensions);
    for (const [term, count] of counts) {
      const scale = (1 + Math.log(count)) * weightOf(term);
      for (const code of this.#codesOf(term)) vector[componentOf(code)]! += CODE_WEIGHTS[code]! * scale;
    }
    return normalized(vector);
  }

  #codesOf(term: string): Uint16Array {
    const known = this.#codes.get(term);
    if (known !== undefined) return known;
    const codes = Uint16Array.from(termCodes(term));
    if (this.#codes.size >= CACHE_MAX_WORDS) this.#codes.clear();
    this.#codes.set(term, codes);
    return codes;
  }
}

function normalized(vector: Float32Array): Float32Array {
  let sum = 0;
  for (let at = 0; at < vector.length; at++) sum += vector[at]! * vector[at]!;
  if (sum === 0) return vector;
  const scale = 1 / Math.sqrt(sum);
  for (let at = 0; at < vector.length; at++) vector[at]! *= scale;
  return vector;
}

/** The default embedder: needs nothing but this process. */
export function createHashEmbedder(): HashEmbedder {
  return new HashEmbedder();
}
