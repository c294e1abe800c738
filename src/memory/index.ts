export { CATEGORIES, type Category } from './categories.ts';
export { createMemory, RULES } from './memory.ts';
export { type MemoryFile, type MemoryStatement, parseMemory } from './memory-file.ts';
export type {
  ExtractRequest,
  ExtractResult,
  Memory,
  MemoryChange,
  MemoryOptions,
  MemoryOutcome,
  SimilarEntry,
} from './types.ts';
