export type { Embedder } from './contract.ts';
export { createHashEmbedder, HASH_DIMENSIONS, HashEmbedder } from './embedded/index.ts';
