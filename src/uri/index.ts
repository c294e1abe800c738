export { type CalendarOptions, renderPathVariables } from './path-variables.ts';
export * from './reserved.ts';
export {
  assertIdentity,
  assertSegment,
  assertSessionId,
  isIdentity,
  isSessionId,
  NAME_MAX_BYTES,
  USER_SHORT_WORDS,
} from './segments.ts';
export { type ContextType, SCHEME, type Scope, type UriContext, VikingUri } from './viking-uri.ts';
