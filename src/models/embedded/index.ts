export { createHashEmbedder, HASH_DIMENSIONS, HashEmbedder } from './hash-embedder.ts';
