export type { IndexAnswer, IndexEngine, IndexHit, IndexQuery, IndexStatus } from './contract.ts';
export { type IndexOptions, openIndex } from './engine.ts';
