import { constants } from 'node:os';
import { isoTime } from '../base/clock.ts';
import type { CoreJournal } from '../core/core.ts';
import { ERRORS, errnoOf, isVikingError, toVikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';

export interface FailedOperation {
  readonly op: string;
  readonly path: string;
  readonly pid?: number;
}

/** The way into `.viking/errors`. */
export interface Failures {
  /** Records a failure that deserves text; one error is recorded once, however often it is reported. */
  record(failed: FailedOperation, error: unknown): void;
}

/** Outcomes every program expects and handles; their errno says all there is. */
const EXPECTED: ReadonlySet<string> = new Set(
  'ENOENT EEXIST ENOTDIR EISDIR ENOTEMPTY ENAMETOOLONG ELOOP ENOTSUP EOPNOTSUPP ENODATA EBADF EXDEV EILSEQ EINVAL EPERM EACCES ENOSYS ENXIO ESTALE'.split(
    ' ',
  ),
);

/** Of our own errors, those that say no more than their errno. */
const EXPECTED_CODES: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'NOT_EMPTY',
  'IS_DIRECTORY',
]);

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

export function createFailures(journal: CoreJournal, principal: Principal): Failures {
  const recorded = new WeakSet<object>();
  return {
    record(failed, error) {
      if (!deservesText(error)) return;
      if (typeof error === 'object' && error !== null) {
        if (recorded.has(error)) return;
        recorded.add(error);
      }
      const known = toVikingError(error);
      journal.recordError(principal, {
        time: isoTime(Date.now()),
        op: failed.op,
        path: failed.path,
        code: known.code,
        errno: NAMES.get(errnoOf(error)) ?? ERRORS[known.code].errno,
        message: known.message,
        ...(known.hint === undefined ? {} : { hint: known.hint }),
        ...(failed.pid === undefined ? {} : { pid: failed.pid }),
      });
    },
  };
}

function deservesText(error: unknown): boolean {
  if (isVikingError(error)) return !EXPECTED_CODES.has(error.code);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code !== 'string' || !EXPECTED.has(code);
}
