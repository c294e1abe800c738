export { MEMORY_TYPES } from './memory-policy.ts';
export { MESSAGE_MAX_BYTES } from './message.ts';
export { createSessions } from './sessions.ts';
export type {
  Extract,
  ExtractRequest,
  ExtractResult,
  MemoryChange,
  MemoryOperations,
  MemoryOutcome,
  SessionSummary,
  Sessions,
  SessionsOptions,
  StoredMessage,
  Summarise,
} from './types.ts';
