/** Source of time. Tests pass their own, so that nothing has to wait for a real clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** ISO-8601 in UTC with milliseconds, the only form of time on the wire and in files. */
export function isoTime(ms: number): string {
  const whole = Math.trunc(ms);
  const second = Math.floor(whole / 1_000);
  // Formatting a date costs 5 to 10 µs, and most times of a busy second begin alike.
  if (second !== lastSecond) {
    toTheSecond = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length);
    lastSecond = second;
  }
  return `${toTheSecond}${String(whole - second * 1_000).padStart(3, '0')}Z`;
}

let lastSecond = Number.NaN;
let toTheSecond = '';
