export { MESSAGE_MAX_BYTES } from './message.ts';
export { createSessions } from './sessions.ts';
export { summariseEmbedded } from './summary.ts';
export type {
  CommitOptions,
  CreateSessionOptions,
  Extract,
  ExtractRequest,
  ExtractResult,
  SessionSummary,
  Sessions,
  SessionsOptions,
  StoredMessage,
  Summarise,
} from './types.ts';
