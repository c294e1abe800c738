import { VikingError } from '../errors/index.ts';

/**
 * The value of `work`, or DEADLINE_EXCEEDED after `timeoutMs`. The work itself goes on: pass it a signal if it
 * can be stopped. A late failure of abandoned work is swallowed, so it cannot end the process.
 */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new VikingError('DEADLINE_EXCEEDED', `${what}: no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** Resolves after `ms`. For back-off only, never to wait for a condition. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
