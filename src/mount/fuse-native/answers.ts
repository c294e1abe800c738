import { errnoOf } from '../../errors/index.ts';
import type { DriverOptions } from '../driver.ts';

export interface Counters {
  operations: number;
  failures: number;
}

/** Called with 0 or a count for success, a negative errno for failure. */
export type Reply<T extends unknown[]> = (result: number, ...rest: T) => void;

export interface Answering {
  readonly counters: Counters;
  /**
   * Does the work of one request and replies exactly once. Nothing is thrown: an exception in a handler would end the
   * process and leave a dead mount.
   */
  run<T>(
    request: { op: string; path: string },
    work: () => Promise<T>,
    done: (value: T) => void,
    failed: (errno: number) => void,
  ): void;
}

export function createAnswering(options: DriverOptions): Answering {
  const counters: Counters = { operations: 0, failures: 0 };
  return {
    counters,
    run(request, work, done, failed) {
      counters.operations += 1;
      Promise.resolve()
        .then(work)
        .then(done)
        .catch((error: unknown) => {
          counters.failures += 1;
          const errno = -errnoOf(error);
          try {
            options.onError(request.op, request.path, error);
          } catch (reportError) {
            options.log.error({ error: String(reportError) }, 'an error could not be recorded');
          }
          failed(errno);
        });
    },
  };
}
