import {
  BadRequestError,
  ForbiddenError,
  InsufficientStorageError,
  InternalServerError,
  LockedError,
  MethodNotSupportedError,
  ResourceExistsError,
  ResourceNotFoundError,
  ServiceUnavailableError,
} from 'nephele';
import { type ErrorCode, toVikingError } from '../errors/index.ts';

type DavError = new (message: string) => Error;

/** What a WebDAV client is told; codes that are not here are the server's own failures (500). */
const DAV_ERRORS: Partial<Record<ErrorCode, DavError>> = {
  NOT_FOUND: ResourceNotFoundError,
  ALREADY_EXISTS: ResourceExistsError,
  PERMISSION_DENIED: ForbiddenError,
  UNAUTHENTICATED: ForbiddenError,
  READ_ONLY: ForbiddenError,
  INVALID_ARGUMENT: BadRequestError,
  INVALID_URI: BadRequestError,
  NAME_TOO_LONG: BadRequestError,
  NOT_EMPTY: ForbiddenError,
  IS_DIRECTORY: MethodNotSupportedError,
  NOT_DIRECTORY: ForbiddenError,
  TOO_LARGE: InsufficientStorageError,
  NO_SPACE: InsufficientStorageError,
  CONFLICT: LockedError,
  UNAVAILABLE: ServiceUnavailableError,
  CLOSING: ServiceUnavailableError,
};

/** Runs work of the core; its refusals become those of the protocol. */
export async function inDav<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = toVikingError(thrown);
    const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    throw new (DAV_ERRORS[error.code] ?? InternalServerError)(message);
  }
}
