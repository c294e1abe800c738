import { isVikingError } from '../errors/index.ts';
import type { Memory } from '../memory/index.ts';
import type { SessionsOptions } from '../sessions/index.ts';
import { type Principal, type Tenancy, userOfSpace } from '../tenancy/index.ts';

export interface ExtractOptions {
  readonly memory: Memory;
  readonly tenancy: Pick<Tenancy, 'assertActive'>;
  /** The daemon stops. */
  readonly stopping: AbortSignal;
  /** Resolves when what changed can be found. */
  indexed(): Promise<void>;
}

/** Memories of a commit, findable the moment it is reported. Of somebody who is being removed nothing is made any more. */
export function createExtract(options: ExtractOptions): SessionsOptions['extract'] {
  const { memory, tenancy, stopping, indexed } = options;
  return async (request) => {
    if (isLeaving(tenancy, request.principal)) {
      return { extractor: 'none', outcomes: [], operations: { adds: [], updates: [], deletes: [] } };
    }
    const result = await memory.extract(request);
    // Nobody finds anything once the daemon stops, and the next start indexes what is new, so a long scan does not
    // hold up the end.
    if (result.outcomes.length > 0) await Promise.race([indexed(), aborted(stopping)]);
    return result;
  };
}

function isLeaving(tenancy: ExtractOptions['tenancy'], { account, user }: Principal): boolean {
  try {
    tenancy.assertActive(account, userOfSpace(user));
    return false;
  } catch (error) {
    if (isVikingError(error) && error.code === 'FAILED_PRECONDITION') return true;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
