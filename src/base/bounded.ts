export interface Bounds {
  readonly timeoutMs: number;
  /** What ends the work earlier; their reasons are passed on. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/**
 * Runs `work` with one signal that aborts with the first of `signals` or after `timeoutMs` (reason: a DOMException named
 * `TimeoutError`, as that of `AbortSignal.timeout`). What `work` does is passed on: it has to heed the signal.
 *
 * Not `AbortSignal.any([AbortSignal.timeout(ms)])`: nothing holds the inner signal, so a garbage collection takes the deadline
 * away and the work is never ended (nodejs/node #57736; all of Node 20).
 */
export async function bounded<T>(
  { timeoutMs, signals }: Bounds,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }, timeoutMs);
  // Nobody stays up for a deadline: what waits for the work keeps the process alive, or nothing does.
  timer.unref();
  const listeners = signals.flatMap((signal) => {
    if (signal === undefined) return [];
    const pass = (): void => controller.abort(signal.reason);
    if (signal.aborted) pass();
    else signal.addEventListener('abort', pass, { once: true });
    return [{ signal, pass }];
  });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    for (const { signal, pass } of listeners) signal.removeEventListener('abort', pass);
  }
}
