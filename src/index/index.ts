export type {
  IndexAnswer,
  IndexEngine,
  IndexHit,
  IndexQuery,
  IndexStatus,
  IndexVectors,
  MissingVector,
  PassageVector,
  VectorsStatus,
} from './contract.ts';
export { type IndexOptions, openIndex } from './engine.ts';
