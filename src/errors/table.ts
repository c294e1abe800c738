/**
 * The one table of errors: what a code means to each door.
 *
 * `errno` is what a caller of the mount sees, `status` what an HTTP client sees, `exit` how `ov` ends.
 * Exit codes are stable: never reuse one.
 */
export interface ErrorRow {
  readonly errno: string;
  readonly status: number;
  readonly exit: number;
}

export const ERRORS = {
  INVALID_ARGUMENT: { errno: 'EINVAL', status: 400, exit: 2 },
  INVALID_URI: { errno: 'EINVAL', status: 400, exit: 2 },
  SKILL_INVALID: { errno: 'EINVAL', status: 400, exit: 2 },
  NAME_TOO_LONG: { errno: 'ENAMETOOLONG', status: 400, exit: 2 },
  IS_DIRECTORY: { errno: 'EISDIR', status: 400, exit: 2 },
  NOT_DIRECTORY: { errno: 'ENOTDIR', status: 400, exit: 2 },
  NOT_FOUND: { errno: 'ENOENT', status: 404, exit: 4 },
  ALREADY_EXISTS: { errno: 'EEXIST', status: 409, exit: 5 },
  NOT_EMPTY: { errno: 'ENOTEMPTY', status: 412, exit: 5 },
  FAILED_PRECONDITION: { errno: 'EINVAL', status: 412, exit: 5 },
  CONFLICT: { errno: 'EBUSY', status: 409, exit: 5 },
  CROSS_DEVICE: { errno: 'EXDEV', status: 400, exit: 2 },
  UNAUTHENTICATED: { errno: 'EACCES', status: 401, exit: 6 },
  PERMISSION_DENIED: { errno: 'EACCES', status: 403, exit: 6 },
  READ_ONLY: { errno: 'EROFS', status: 403, exit: 6 },
  TOO_LARGE: { errno: 'EFBIG', status: 413, exit: 7 },
  NO_SPACE: { errno: 'ENOSPC', status: 507, exit: 7 },
  RESOURCE_EXHAUSTED: { errno: 'EAGAIN', status: 429, exit: 8 },
  UNAVAILABLE: { errno: 'EAGAIN', status: 503, exit: 8 },
  MODEL_UNAVAILABLE: { errno: 'EAGAIN', status: 503, exit: 8 },
  CLOSING: { errno: 'ESHUTDOWN', status: 503, exit: 8 },
  DEADLINE_EXCEEDED: { errno: 'ETIMEDOUT', status: 504, exit: 9 },
  UNIMPLEMENTED: { errno: 'ENOTSUP', status: 501, exit: 10 },
  CORRUPT: { errno: 'EIO', status: 500, exit: 11 },
  INTERNAL: { errno: 'EIO', status: 500, exit: 1 },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
