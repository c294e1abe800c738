import { type ErrorCode, isVikingError, toVikingError, VikingError } from '../errors/index.ts';

const REPAIR_HINT = 'Stop the daemon and run `ov fsck --repair`; it keeps a copy of what is there.';

/** LevelDB reports errors of the operating system as text only. */
const IO_ERRORS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/no space left|disk quota/i, 'NO_SPACE'],
  [/permission denied|operation not permitted/i, 'PERMISSION_DENIED'],
  [/read-only file system/i, 'READ_ONLY'],
  [/too many open files/i, 'RESOURCE_EXHAUSTED'],
  // A file of the store is gone or shorter than its footer says.
  [/no such file|invalid argument|input\/output error|truncated|not an sstable/i, 'CORRUPT'],
];

export function corrupt(dir: string, why: string, cause?: unknown): VikingError {
  return new VikingError('CORRUPT', `${dir}: the store is damaged: ${why}`, {
    hint: REPAIR_HINT,
    details: { dir },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether the innermost error of LevelDB says that another process, or this one, holds the store. */
export function isLocked(error: unknown): boolean {
  return levelCodes(error).includes('LEVEL_LOCKED');
}

/** An error of LevelDB as one of ours. `dir` names the store. */
export function fromLevel(error: unknown, dir: string): VikingError {
  if (isVikingError(error)) return error;
  const codes = levelCodes(error);
  const text = innermost(error).message;
  if (codes.includes('LEVEL_CORRUPTION')) return corrupt(dir, text, error);
  if (codes.includes('LEVEL_IO_ERROR')) {
    const code = IO_ERRORS.find(([pattern]) => pattern.test(text))?.[1] ?? 'INTERNAL';
    return code === 'CORRUPT'
      ? corrupt(dir, text, error)
      : new VikingError(code, `${dir}: ${text}`, { cause: error });
  }
  if (codes.some((code) => code.endsWith('_NOT_OPEN'))) {
    return new VikingError('CLOSING', `${dir}: the store is closed`, { cause: error });
  }
  return toVikingError(error, dir);
}

function levelCodes(error: unknown): string[] {
  const codes: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string') codes.push(code);
  }
  return codes;
}

function innermost(error: unknown): Error {
  let at = error instanceof Error ? error : new Error(String(error));
  while (at.cause instanceof Error) at = at.cause;
  return at;
}
