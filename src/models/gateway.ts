import { bounded } from '../base/bounded.ts';
import type { Clock } from '../base/clock.ts';
import type { VikingError } from '../errors/index.ts';
import type { Breaker } from './breaker.ts';
import type { EndpointHealth, ModelCall, ModelCallOptions, ModelKind } from './contract.ts';
import { asVikingError, ModelFailure } from './failure.ts';
import { abortFailure, type Transport } from './openai/transport.ts';
import type { Redaction } from './redaction.ts';
import type { Turns } from './turns.ts';
import type { Usage } from './usage.ts';

/** Attempts of one call, the first included. Somebody who waits is told sooner. */
const ATTEMPTS = { interactive: 2, background: 4 } as const;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;

export interface GatewayOptions {
  readonly kind: ModelKind;
  readonly model: string;
  /** For messages: without credentials. */
  readonly url: string;
  readonly transport: Transport;
  readonly breaker: Breaker;
  readonly turns: Turns;
  readonly usage: Usage;
  readonly redaction: Redaction;
  readonly clock: Clock;
  /** Bounds a call that names no bound of its own. */
  readonly timeoutMs: number;
  /** Aborted when the daemon closes. */
  readonly closing: AbortSignal;
  /** First wait between attempts, doubled each time. Default 250. */
  readonly firstWaitMs?: number;
}

export interface Spent {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What a call sends and what it makes of the answer. */
export interface Exchange<T> {
  readonly path: string;
  readonly body: object;
  /** The checked value. @throws ModelFailure when the answer is not usable */
  read(answer: unknown): { readonly value: T; readonly spent: Spent };
}

/** The one way out to an endpoint: deadline, turns, breaker, retries, budget, redaction and usage in one place. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly name: string;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.name = `${options.kind} model ${options.model} at ${options.url}`;
  }

  get model(): string {
    return this.#options.model;
  }

  /**
   * The value of one exchange. `body` must have been through `redact`.
   * @throws VikingError MODEL_UNAVAILABLE or RESOURCE_EXHAUSTED
   */
  async call<T>(
    exchange: Exchange<T>,
    call: ModelCall & { readonly redactions: number },
    options: ModelCallOptions = {},
  ): Promise<T> {
    try {
      return await this.bounded(options, (signal) => this.exchange(exchange, call, signal));
    } catch (error) {
      throw this.asError(error);
    }
  }

  /** `work` with one signal for the whole call: the caller's, the deadline and the end of the daemon. */
  bounded<T>(
    { signal, timeoutMs = this.#options.timeoutMs }: ModelCallOptions,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return bounded({ timeoutMs, signals: [this.#options.closing, signal] }, work);
  }

  asError(error: unknown): VikingError {
    return asVikingError(
      error instanceof ModelFailure
        ? error
        : new ModelFailure('malformed', error instanceof Error ? error.message : String(error), {
            cause: error,
          }),
      this.name,
    );
  }

  /** As `call`, for callers that make several exchanges under one deadline. @throws ModelFailure */
  async exchange<T>(
    exchange: Exchange<T>,
    call: ModelCall & { readonly redactions: number },
    signal: AbortSignal,
  ): Promise<T> {
    const attempts = ATTEMPTS[call.priority];
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(exchange, call, signal);
      } catch (error) {
        const failure = error instanceof ModelFailure ? error : this.#failureOf(error, signal);
        if (!failure.isPassing || attempt >= attempts) throw failure;
        const waitMs = Math.max(failure.retryAfterMs ?? this.#waitMs(attempt), this.#pausedMs());
        // A longer wait is the caller's to plan: nothing is held open for it.
        if (waitMs > LONGEST_WAIT_MS) throw failure;
        await pause(waitMs, signal);
      }
    }
  }

  /** Texts without secrets, in order, and how many were taken out; audited. */
  redact(texts: readonly string[], cause: string): { texts: string[]; redactions: number } {
    const { redaction, usage, kind, clock } = this.#options;
    const found = new Map<string, number>();
    const cleaned = texts.map((text) => redaction.clean(text, found));
    const redactions = [...found.values()].reduce((sum, count) => sum + count, 0);
    if (redactions > 0) usage.audit({ at: clock.now(), kind, cause, found: Object.fromEntries(found) });
    return { texts: cleaned, redactions };
  }

  health(stamp?: string): EndpointHealth {
    const { kind, url, model, breaker } = this.#options;
    return {
      kind,
      url,
      model,
      state: breaker.state,
      lastOkAt: breaker.lastOkAt,
      lastError: breaker.lastError,
      retryAt: breaker.retryAt,
      ...(stamp === undefined ? {} : { stamp }),
    };
  }

  async #attempt<T>(
    exchange: Exchange<T>,
    call: ModelCall & { readonly redactions: number },
    signal: AbortSignal,
  ): Promise<T> {
    this.#assertBudget(call);
    const { turns, transport, breaker } = this.#options;
    return turns.run(call.priority, signal, async () => {
      breaker.enter();
      const startedAt = performance.now();
      let spent: Spent = { inputTokens: 0, outputTokens: 0 };
      let failed = true;
      try {
        const answer = await within(transport.post(exchange.path, exchange.body, signal), signal);
        const result = exchange.read(answer);
        spent = result.spent;
        failed = false;
        breaker.succeeded();
        return result.value;
      } catch (error) {
        const failure = this.#failureOf(error, signal);
        if (failure.reason === 'refusal' || failure.reason === 'length') breaker.succeeded();
        else breaker.failed(failure);
        throw failure;
      } finally {
        this.#count(call, { spent, failed, timeMs: performance.now() - startedAt });
      }
    });
  }

  #assertBudget(call: ModelCall): void {
    if (call.priority !== 'background') return;
    const waitMs = this.#options.usage.exhaustedForMs();
    if (waitMs > 0) {
      throw new ModelFailure('budget', 'the daily budget of tokens is used up', { retryAfterMs: waitMs });
    }
  }

  #count(
    call: ModelCall & { readonly redactions: number },
    { spent, failed, timeMs }: { spent: Spent; failed: boolean; timeMs: number },
  ): void {
    const { kind, model, usage } = this.#options;
    usage.count({ kind, model, cause: call.cause, failed, ...spent, timeMs, redactions: call.redactions });
  }

  #failureOf(error: unknown, signal: AbortSignal): ModelFailure {
    if (error instanceof ModelFailure) return error;
    if (signal.aborted) return abortFailure(signal);
    const text = error instanceof Error ? error.message : String(error);
    return new ModelFailure('malformed', text, { cause: error });
  }

  /** How long the endpoint is left alone, e.g. after a 429 that did not say for how long. */
  #pausedMs(): number {
    const { breaker, clock } = this.#options;
    return breaker.retryAt === undefined ? 0 : breaker.retryAt - clock.now();
  }

  /** Full jitter (Brooker, "Exponential Backoff and Jitter"): anywhere between none and the doubled wait. */
  #waitMs(attempt: number): number {
    const first = this.#options.firstWaitMs ?? FIRST_WAIT_MS;
    return Math.random() * Math.min(first * 2 ** attempt, LONGEST_WAIT_MS);
  }
}

/** `work`, or the abort of `signal` when that comes first: even a transport that ignores it holds nobody up. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(abortFailure(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  aborted.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(abortFailure(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
