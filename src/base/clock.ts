/** Source of time. Tests pass their own, so that nothing has to wait for a real clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** ISO-8601 in UTC with milliseconds, the only form of time on the wire and in files. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
