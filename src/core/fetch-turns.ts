import { VikingError } from '../errors/index.ts';
import { type Principal, userOfSpace } from '../tenancy/index.ts';

/** Requests that fetch at once. With the lane of the watches that makes 4, of at most 512 MiB each in staging. */
const FETCHES_MOST = 3;
/** Of one user, so that nobody's slow servers keep others from fetching. */
const FETCHES_PER_USER = 2;

export interface FetchTurns {
  /** Runs `work` unless too many run already. @throws RESOURCE_EXHAUSTED, and what `work` throws */
  run<T>(principal: Principal, work: () => Promise<T>): Promise<T>;
}

/** Bounds how many requests fetch from the network at once. */
export function createFetchTurns(): FetchTurns {
  const running: string[] = [];
  return {
    async run(principal, work) {
      const who = `${principal.account}/${userOfSpace(principal.user)}`;
      const own = running.filter((one) => one === who).length;
      if (own >= FETCHES_PER_USER || running.length >= FETCHES_MOST) throw tooMany(own, running.length);
      running.push(who);
      try {
        return await work();
      } finally {
        running.splice(running.indexOf(who), 1);
      }
    },
  };
}

function tooMany(own: number, all: number): VikingError {
  return new VikingError(
    'RESOURCE_EXHAUSTED',
    `${all} web addresses are fetched now, ${own} of them for you: at most ${FETCHES_MOST}, and ${FETCHES_PER_USER} of one user`,
    { hint: 'Try again when one of them has ended.' },
  );
}
