import type { Clock } from '../base/clock.ts';
import type { EndpointState } from './contract.ts';
import { ModelFailure } from './failure.ts';

export interface BreakerOptions {
  readonly clock: Clock;
  /** Failures in a row that pause an endpoint. Default 4. */
  readonly failures?: number;
  /** First pause; each further one doubles, to at most 64 times as long. Default 5000. */
  readonly pauseMs?: number;
  /** Pause after a refused key: only a person mends that. Default 60000. */
  readonly authPauseMs?: number;
  /** 0 to 1, for the jitter. Default `Math.random`. */
  readonly random?: () => number;
}

const PAUSE_GROWTH = 64;
/** A pause lasts up to this much longer, so that many daemons do not come back at once. */
const JITTER = 0.2;

/**
 * A circuit breaker (Nygard, "Release It!"): an endpoint that keeps failing is left alone for a while, then asked once;
 * that one answer decides. A 429 pauses it for as long as it says, without counting as a failure.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #failures: number;
  readonly #pauseMs: number;
  readonly #authPauseMs: number;
  readonly #random: () => number;
  #inRow = 0;
  #pauses = 0;
  #retryAt = 0;
  #probing = false;
  #lastOkAt: number | undefined;
  #lastError: string | undefined;

  constructor(options: BreakerOptions) {
    this.#clock = options.clock;
    this.#failures = options.failures ?? 4;
    this.#pauseMs = options.pauseMs ?? 5_000;
    this.#authPauseMs = options.authPauseMs ?? 60_000;
    this.#random = options.random ?? Math.random;
  }

  /** @throws ModelFailure `open`, or `rate`, while the endpoint is left alone or another call is trying it */
  enter(): void {
    const waitMs = this.#retryAt - this.#clock.now();
    if (waitMs > 0) throw this.#paused(waitMs);
    if (this.#pauses === 0) return;
    if (this.#probing) throw this.#paused(this.#pauseMs);
    this.#probing = true;
  }

  succeeded(): void {
    this.#inRow = 0;
    this.#pauses = 0;
    this.#retryAt = 0;
    this.#probing = false;
    this.#lastOkAt = this.#clock.now();
    this.#lastError = undefined;
  }

  failed(failure: ModelFailure): void {
    const wasProbe = this.#probing;
    this.#probing = false;
    // Given up by the caller: says nothing about the endpoint.
    if (failure.reason === 'aborted') return;
    this.#lastError = failure.message;
    if (failure.reason === 'rate') {
      this.#retryAt = this.#clock.now() + (failure.retryAfterMs ?? this.#nextPause());
      return;
    }
    // An answer about this one question; the endpoint itself is well.
    if (failure.reason === 'request' || failure.reason === 'refusal' || failure.reason === 'length') return;
    this.#inRow++;
    if (failure.reason === 'auth') this.#pause(this.#authPauseMs);
    else if (wasProbe || this.#inRow >= this.#failures) this.#pause(this.#nextPause());
  }

  /** Ends a call of which nothing is known: whoever comes next tries. */
  left(): void {
    this.#probing = false;
  }

  get state(): EndpointState {
    if (this.#retryAt > this.#clock.now() || this.#pauses > 0) return 'paused';
    if (this.#lastError !== undefined) return 'failing';
    return this.#lastOkAt === undefined ? 'idle' : 'ok';
  }

  get lastOkAt(): number | undefined {
    return this.#lastOkAt;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  get retryAt(): number | undefined {
    return this.#retryAt > this.#clock.now() ? this.#retryAt : undefined;
  }

  #nextPause(): number {
    const grown = this.#pauseMs * Math.min(2 ** this.#pauses, PAUSE_GROWTH);
    return grown * (1 + JITTER * this.#random());
  }

  #pause(pauseMs: number): void {
    this.#retryAt = this.#clock.now() + pauseMs;
    this.#pauses++;
  }

  #paused(waitMs: number): ModelFailure {
    const why = this.#lastError === undefined ? '' : ` (${this.#lastError})`;
    return new ModelFailure('open', `left alone for ${Math.ceil(waitMs / 1_000)} s${why}`, {
      retryAfterMs: Math.ceil(waitMs),
    });
  }
}
