import { hash32 } from '../../base/text/hash32.ts';

/** Weight of a character n-gram beside a word's 1: enough for misspellings, too little to outvote words. */
const GRAM_WEIGHT = 0.3;
const GRAM_SIZES = [3, 4];
/** A code is the component (below `NEGATIVE`), whether it is subtracted, and whether it is a gram. */
const NEGATIVE = 1024;
const GRAM = 2048;
const CODES = 4096;

export const HASH_DIMENSIONS = NEGATIVE;

/** Weight of each code. */
export const CODE_WEIGHTS: Float32Array = Float32Array.from(
  { length: CODES },
  (_, code) => ((code & GRAM) === 0 ? 1 : GRAM_WEIGHT) * ((code & NEGATIVE) === 0 ? 1 : -1),
);

/** What a term adds to a hashed vector: itself and its character 3- and 4-grams, each as a code. */
export function termCodes(term: string): number[] {
  const codes = [codeOf(term, 0)];
  const bounded = `^${term}$`;
  for (const size of GRAM_SIZES) {
    for (let at = 0; at + size <= bounded.length; at++)
      codes.push(codeOf(`#${bounded.slice(at, at + size)}`, GRAM));
  }
  return codes;
}

export function componentOf(code: number): number {
  return code % HASH_DIMENSIONS;
}

/** Product of what each code stands for with a vector, so that a term's product is the sum over its codes. */
export function codeProducts(vector: Float32Array): Float32Array {
  return CODE_WEIGHTS.map((weight, code) => weight * (vector[componentOf(code)] ?? 0));
}

function codeOf(feature: string, kind: number): number {
  const hash = hash32(feature);
  return (hash % HASH_DIMENSIONS) | (hash >= 0x8000_0000 ? NEGATIVE : 0) | kind;
}
