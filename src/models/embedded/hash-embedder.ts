import { hash32 } from '../../base/text/hash32.ts';
import { tokenize } from '../../base/text/tokenize.ts';
import type { Embedder } from '../contract.ts';

export const HASH_DIMENSIONS = 1024;
/** Weight of a character n-gram beside a word's 1: enough for misspellings, too little to outvote words. */
const GRAM_WEIGHT = 0.3;
const GRAM_SIZES = [3, 4];
const CACHE_MAX_WORDS = 50_000;

/** Where a word lands: a component, its sign and weight. */
interface Features {
  readonly components: Uint16Array;
  readonly weights: Float32Array;
}

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
  readonly #features = new Map<string, Features>();

  embed(texts: readonly string[]): Promise<readonly Float32Array[]> {
    return Promise.resolve(texts.map((text) => this.embedTerms(tokenize(text))));
  }

  /** The vector of a text given as its index terms; all zeros for none. Unit length otherwise. */
  embedTerms(terms: readonly string[], weightOf: (term: string) => number = () => 1): Float32Array {
    const counts = new Map<string, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    const vector = new Float32Array(this.dimensions);
    for (const [term, count] of counts) {
      const { components, weights } = this.#featuresOf(term);
      const scale = (1 + Math.log(count)) * weightOf(term);
      for (let at = 0; at < components.length; at++) vector[components[at]!]! += weights[at]! * scale;
    }
    return normalized(vector);
  }

  #featuresOf(term: string): Features {
    const known = this.#features.get(term);
    if (known !== undefined) return known;
    const features = compute(term, this.dimensions);
    if (this.#features.size >= CACHE_MAX_WORDS) this.#features.clear();
    this.#features.set(term, features);
    return features;
  }
}

function compute(term: string, dimensions: number): Features {
  const components: number[] = [];
  const weights: number[] = [];
  const add = (feature: string, weight: number): void => {
    const hash = hash32(feature);
    components.push(hash % dimensions);
    weights.push(hash >= 0x8000_0000 ? -weight : weight);
  };
  add(term, 1);
  const bounded = `^${term}$`;
  for (const size of GRAM_SIZES) {
    for (let at = 0; at + size <= bounded.length; at++) add(`#${bounded.slice(at, at + size)}`, GRAM_WEIGHT);
  }
  return { components: Uint16Array.from(components), weights: Float32Array.from(weights) };
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
