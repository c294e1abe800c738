/** The built-in memory categories, in the order they are told. */
export const MEMORY_CATEGORIES = [
  'profile',
  'preferences',
  'entities',
  'events',
  'cases',
  'patterns',
] as const;
export type MemoryCategory = (typeof MEMORY_CATEGORIES)[number];
