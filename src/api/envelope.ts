import { ERRORS, type ErrorCode, type PlainError, VikingError } from '../errors/index.ts';

/** Answer of every route but `/health`, `/ready` and downloads. `time` is in seconds. */
export interface OkEnvelope<T> {
  readonly status: 'ok';
  readonly result: T;
  readonly time: number;
}

export interface ErrorEnvelope {
  readonly status: 'error';
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
    /** What the caller can do next, where we know. */
    readonly hint?: string;
  };
  readonly time: number;
}

export type Envelope<T> = OkEnvelope<T> | ErrorEnvelope;

export function okEnvelope<T>(result: T, elapsedMs: number): OkEnvelope<T> {
  return { status: 'ok', result, time: seconds(elapsedMs) };
}

export function errorEnvelope(error: VikingError, elapsedMs: number): ErrorEnvelope {
  const { code, message, details, hint } = error;
  return {
    status: 'error',
    error: { code, message, details, ...(hint === undefined ? {} : { hint }) },
    time: seconds(elapsedMs),
  };
}

/** The error an envelope carries, as it was thrown on the other side. A code we do not know is INTERNAL. */
export function errorOf(envelope: ErrorEnvelope): VikingError {
  const { code, message, details, hint } = envelope.error;
  const known = Object.hasOwn(ERRORS, code);
  const plain: PlainError = {
    code: known ? code : 'INTERNAL',
    message: known ? message : `${message} (${code})`,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  };
  return VikingError.fromJSON(plain);
}

/** Whether `value`, as parsed from a body, has the shape of an envelope. */
export function isEnvelope(value: unknown): value is Envelope<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { status, error } = value as { status?: unknown; error?: { code?: unknown; message?: unknown } };
  if (status === 'ok') return 'result' in value;
  return status === 'error' && typeof error?.code === 'string' && typeof error.message === 'string';
}

function seconds(elapsedMs: number): number {
  return Math.round(elapsedMs * 1_000) / 1_000_000;
}
