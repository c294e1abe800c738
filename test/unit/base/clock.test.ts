import { expect, it } from 'vitest';
import { isoTime } from '../../../src/base/clock.ts';

it('tells every time as a Date does, in any order', () => {
  const edges = [0, -1, -999, -1_000, -1_001, 999, 1_000, 8.64e15, -8.64e15, 253_402_300_800_000];
  const fractions = [1_700_000_000_123.9, -0.5, -1_500.7];
  const random = Array.from({ length: 1_000 }, (_, at) => Math.trunc(Math.sin(at) * 4e12));
  for (const ms of [...edges, ...fractions, ...random, ...edges]) {
    expect(isoTime(ms)).toBe(new Date(ms).toISOString());
  }
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 8.65e15]) {
    expect(() => isoTime(ms)).toThrow(RangeError);
  }
  expect(isoTime(1)).toBe('1970-01-01T00:00:00.001Z');
});
