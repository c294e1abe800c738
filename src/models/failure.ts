import { VikingError } from '../errors/index.ts';
import type { FailureReason } from './contract.ts';

/** Asking again may help with these; with the others the same question brings the same answer. */
const PASSING: ReadonlySet<FailureReason> = new Set(['connection', 'timeout', 'rate', 'server', 'malformed']);

/** One attempt that brought no usable answer. Becomes a `VikingError` when nobody tries again. */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure';
  readonly reason: FailureReason;
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** How long the endpoint asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: FailureReason,
    message: string,
    options: {
      readonly status?: number | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }

  get isPassing(): boolean {
    return PASSING.has(this.reason);
  }
}

const HINTS: Partial<Record<FailureReason, string>> = {
  connection: 'Is the endpoint running? `ov models` shows its URL; work is taken up again when it answers.',
  auth: 'Check the key of this endpoint in the configuration, then restart the daemon.',
  budget: 'Raise models.daily_tokens, or wait until midnight UTC.',
  request: 'The endpoint refuses what it is asked: check the model name in the configuration.',
};

/** The error a caller sees. `name` is `chat model m at URL`. */
export function asVikingError(failure: ModelFailure, name: string): VikingError {
  const { reason, retryAfterMs, status } = failure;
  const hint = HINTS[reason];
  return new VikingError(
    reason === 'rate' || reason === 'budget' ? 'RESOURCE_EXHAUSTED' : 'MODEL_UNAVAILABLE',
    `${name}: ${failure.message}`,
    {
      ...(hint === undefined ? {} : { hint }),
      details: {
        reason,
        ...(status === undefined ? {} : { status }),
        ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
      },
      cause: failure,
    },
  );
}
