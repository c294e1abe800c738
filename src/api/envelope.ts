import { ERRORS, type ErrorCode, type PlainError, VikingError } from '../errors/index.ts';
import { exactError } from './reference-codes.ts';

/** Answer of every route but `/health`, `/ready` and downloads. `time` is in seconds. */
export interface OkEnvelope<T> {
  readonly status: 'ok';
  readonly result: T;
  readonly time: number;
  /** Only for a request that asked for it. */
  readonly telemetry?: Telemetry;
}

/** What a request took, for a client that asks with `telemetry`. */
export interface Telemetry {
  /** Id of the request, by which the daemon's log names it. */
  readonly id: string;
  readonly summary: {
    /** Name of the route. */
    readonly operation: string;
    readonly status: 'ok';
    readonly duration_ms: number;
  };
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

export function okEnvelope<T>(
  result: T,
  elapsedMs: number,
  asked?: { readonly requestId: string; readonly operation: string },
): OkEnvelope<T> {
  const envelope = { status: 'ok', result, time: seconds(elapsedMs) } as const;
  if (asked === undefined) return envelope;
  const duration_ms = Math.round(elapsedMs * 1_000) / 1_000;
  const summary = { operation: asked.operation, status: 'ok', duration_ms } as const;
  return { ...envelope, telemetry: { id: asked.requestId, summary } };
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
  const { message, hint } = envelope.error;
  const { code, details } = exactError(envelope.error.code, envelope.error.details);
  const known = Object.hasOwn(ERRORS, code);
  const plain: PlainError = {
    code: known ? (code as ErrorCode) : 'INTERNAL',
    message: known ? message : `${message} (${code})`,
    ...(hint === undefined ? {} : { hint }),
    details,
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
