import { VikingError } from '../errors/index.ts';

/** More than this nobody reads, and it would hold the daemon up. */
const MOST = 10_000;

/** @throws INVALID_ARGUMENT unless `value` is a whole number from 1 to 10,000 */
export function assertLimit(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= MOST) return;
  throw new VikingError('INVALID_ARGUMENT', `${name} ${value} is not a whole number from 1 to ${MOST}`);
}
