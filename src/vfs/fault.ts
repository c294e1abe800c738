import { VikingError } from '../errors/index.ts';

/** A refusal as the operating system makes it, for outcomes that need no explanation (ENOENT, ENOTDIR …). */
export function systemError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/** A refusal a person deserves a reason for: EACCES with text in `.viking/errors`. */
export function refused(path: string, reason: string, hint?: string): VikingError {
  return new VikingError('PERMISSION_DENIED', `${path}: ${reason}`, hint === undefined ? {} : { hint });
}

/** The same with EPERM: the caller may write here, but not this. */
export function notPermitted(path: string, reason: string, hint?: string): VikingError {
  return new VikingError('PERMISSION_DENIED', `${path}: ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: systemError('EPERM', path),
  });
}

export function readOnlyError(path: string): VikingError {
  return new VikingError('READ_ONLY', `${path}: this mount is read-only`, {
    hint: 'Mount again without --read-only to write.',
  });
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && codes.includes(code);
}
