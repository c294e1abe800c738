import { constants } from 'node:os';
import { ERRORS, type ErrorCode } from './table.ts';

/** Recognises our errors across worker threads and duplicate copies of this module, where `instanceof` fails. */
const BRAND = Symbol.for('vikingfs.error');

export interface ErrorOptions {
  /** What the user can do next: one sentence. */
  readonly hint?: string;
  /** Facts for programs: goes into `error.details` of the HTTP envelope. */
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

/** What crosses a worker or socket boundary in place of a `VikingError`. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Record<string, unknown>;
}

/** An error a user can reach. The message names the offending path or value; the hint names the next step. */
export class VikingError extends Error {
  override readonly name = 'VikingError';
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  /** Positive errno number of this error on this platform, e.g. 2 for NOT_FOUND. */
  get errno(): number {
    return errnoNumber(ERRORS[this.code].errno);
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }

  toJSON(): PlainError {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }),
    };
  }

  static fromJSON(plain: PlainError): VikingError {
    return new VikingError(plain.code, plain.message, {
      ...(plain.hint === undefined ? {} : { hint: plain.hint }),
      ...(plain.details === undefined ? {} : { details: plain.details }),
    });
  }
}

export function isVikingError(value: unknown): value is VikingError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** Linux numbers that Node's table leaves out. */
const MISSING_IN_NODE: Record<string, number> = { ESHUTDOWN: 108 };

/** Positive errno for a name such as `ENOENT`; EIO for a name this platform does not have. */
export function errnoNumber(name: string): number {
  return (constants.errno as Record<string, number>)[name] ?? MISSING_IN_NODE[name] ?? constants.errno.EIO;
}

/** Errors of the operating system, as Node reports them, and the code each becomes. */
const FROM_ERRNO: Record<string, ErrorCode> = {
  ENOENT: 'NOT_FOUND',
  EEXIST: 'ALREADY_EXISTS',
  ENOTEMPTY: 'NOT_EMPTY',
  EISDIR: 'IS_DIRECTORY',
  ENOTDIR: 'NOT_DIRECTORY',
  EINVAL: 'INVALID_ARGUMENT',
  ENAMETOOLONG: 'NAME_TOO_LONG',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'READ_ONLY',
  EBUSY: 'CONFLICT',
  EXDEV: 'CROSS_DEVICE',
  EFBIG: 'TOO_LARGE',
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EMFILE: 'RESOURCE_EXHAUSTED',
  ENFILE: 'RESOURCE_EXHAUSTED',
  ETIMEDOUT: 'DEADLINE_EXCEEDED',
  ENOTSUP: 'UNIMPLEMENTED',
  EOPNOTSUPP: 'UNIMPLEMENTED',
};

/**
 * The error as one of ours. Errors of the operating system keep their meaning; anything else is INTERNAL.
 * `what` names the thing worked on (a URI or path) and leads the message.
 */
export function toVikingError(error: unknown, what?: string): VikingError {
  if (isVikingError(error)) return error;
  const systemCode = (error as NodeJS.ErrnoException | null)?.code;
  const code = (typeof systemCode === 'string' ? FROM_ERRNO[systemCode] : undefined) ?? 'INTERNAL';
  const text = error instanceof Error ? error.message : String(error);
  return new VikingError(code, what === undefined ? text : `${what}: ${text}`, { cause: error });
}

/** Errno number for any thrown value, keeping an exact system errno where there is one. */
export function errnoOf(error: unknown): number {
  if (isVikingError(error)) {
    const cause = (error.cause as NodeJS.ErrnoException | undefined)?.code;
    return typeof cause === 'string' && cause in constants.errno ? errnoNumber(cause) : error.errno;
  }
  const systemCode = (error as NodeJS.ErrnoException | null)?.code;
  return typeof systemCode === 'string' ? errnoNumber(systemCode) : errnoNumber('EIO');
}
