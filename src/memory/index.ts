export type { Category } from './categories.ts';
export { createMemory, RULES, RULES_FALLBACK } from './memory.ts';
export { type MemoryFile, type MemoryStatement, parseMemory } from './memory-file.ts';
export { summariseByModel } from './model-summary.ts';
export { DIFF, recordPath } from './own-records.ts';
export { loadCategories } from './templates.ts';
export type {
  ExtractRequest,
  ExtractResult,
  Memory,
  MemoryOptions,
  RememberOptions,
  SimilarEntry,
} from './types.ts';
