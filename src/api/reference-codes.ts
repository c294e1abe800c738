import { ERRORS, type ErrorCode, VikingError } from '../errors/index.ts';

/**
 * Codes that clients of the reference do not know, and the one of its codes that has the same status: what they branch
 * on (contract, section 4).
 */
export const REFERENCE_CODES: Partial<Record<ErrorCode, ErrorCode>> = {
  NAME_TOO_LONG: 'INVALID_ARGUMENT',
  IS_DIRECTORY: 'INVALID_ARGUMENT',
  NOT_DIRECTORY: 'INVALID_ARGUMENT',
  CROSS_DEVICE: 'INVALID_ARGUMENT',
  NOT_EMPTY: 'FAILED_PRECONDITION',
  READ_ONLY: 'PERMISSION_DENIED',
  CLOSING: 'UNAVAILABLE',
  CORRUPT: 'INTERNAL',
};

/** Where the exact code is kept, so that a client of ours has it back. */
const EXACT = 'exact_code';

/** The error as a client of the reference understands it; its own code is in `details.exact_code`. */
export function asReferenceError(error: VikingError): VikingError {
  const code = REFERENCE_CODES[error.code];
  if (code === undefined) return error;
  return VikingError.fromJSON({
    ...error.toJSON(),
    code,
    details: { ...error.details, [EXACT]: error.code },
  });
}

/** Code and details of an error as they were before `asReferenceError`. */
export function exactError(
  code: string,
  details: Readonly<Record<string, unknown>> = {},
): { readonly code: string; readonly details: Readonly<Record<string, unknown>> } {
  const { [EXACT]: exact, ...rest } = details;
  if (typeof exact !== 'string' || !Object.hasOwn(ERRORS, exact)) return { code, details };
  return { code: exact, details: rest };
}
