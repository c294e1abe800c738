/** The offset basis of FNV-1a. */
export const HASH32_SEED = 0x811c9dc5;

/** 32-bit FNV-1a over UTF-16 units, then murmur3's finisher: FNV alone leaves the low bits of short strings alike. */
export function hash32(text: string, seed = HASH32_SEED): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return finished(hash);
}

/** The hash by each of two seeds, of a text read once. */
export function hash32Twice(text: string, seeds: readonly [number, number]): readonly [number, number] {
  let [one, other] = seeds;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x01000193);
  }
  return [finished(one), finished(other)];
}

function finished(state: number): number {
  let hash = state ^ (state >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
