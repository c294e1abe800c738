export { ERRORS, type ErrorCode, type ErrorRow } from './table.ts';
export {
  type ErrorOptions,
  errnoNumber,
  errnoOf,
  isVikingError,
  type PlainError,
  toVikingError,
  VikingError,
} from './viking-error.ts';
