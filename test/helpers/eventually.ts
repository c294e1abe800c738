export interface EventuallyOptions {
  /** Default 5000. */
  readonly timeoutMs?: number;
  /** Default 10. */
  readonly intervalMs?: number;
  /** What is waited for, for the message of the failure. */
  readonly what: string;
}

/**
 * Calls `check` until it returns something other than `undefined`, `null` or `false`, and returns that. A check that
 * throws counts as not yet; the last error is the cause of the failure. Give `expect(...)` calls a `return true`.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: EventuallyOptions,
): Promise<NonNullable<Exclude<T, false>>> {
  const { timeoutMs = 5_000, intervalMs = 10, what } = options;
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== null && value !== false) {
        return value as NonNullable<Exclude<T, false>>;
      }
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) break;
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  const reason = last === undefined ? '' : `: ${last instanceof Error ? last.message : String(last)}`;
  throw new Error(`${what}: not within ${timeoutMs} ms${reason}`, { cause: last });
}
