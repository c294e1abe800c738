import { failpoint } from '../base/failpoint.ts';
import type { Logger } from '../base/log.ts';
import { isVikingError } from '../errors/index.ts';
import type { Memory } from '../memory/index.ts';
import type { ExtractRequest, ExtractResult, SessionsOptions } from '../sessions/index.ts';
import { type Principal, type Tenancy, userOfSpace } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';

export interface ExtractOptions {
  readonly memory: Memory;
  readonly tenancy: Pick<Tenancy, 'assertActive'>;
  /** The daemon stops. */
  readonly stopping: AbortSignal;
  /** Adds tags to an entry. @throws NOT_FOUND, RESOURCE_EXHAUSTED */
  tag(principal: Principal, uri: VikingUri, tags: readonly string[]): Promise<unknown>;
  readonly log: Logger;
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
    await tagEvents(options, request, result);
    // Nobody finds anything once the daemon stops, and the next start indexes what is new, so a long scan does not
    // hold up the end.
    if (result.outcomes.length > 0) await Promise.race([indexed(), aborted(stopping)]);
    return result;
  };
}

/** Tags are added, never replaced: a second run changes nothing. An event that went, or has its fill of tags, is left. */
async function tagEvents(
  { tag, log }: ExtractOptions,
  { principal, eventTags = [] }: ExtractRequest,
  { outcomes }: ExtractResult,
): Promise<void> {
  if (eventTags.length === 0) return;
  for (const { outcome, memory_type, uri } of outcomes) {
    if (memory_type !== 'events' || uri === undefined) continue;
    if (outcome !== 'stored' && outcome !== 'merged') continue;
    await tag(principal, VikingUri.fromCanonical(uri), eventTags).catch((error: unknown) => {
      if (!isVikingError(error) || (error.code !== 'NOT_FOUND' && error.code !== 'RESOURCE_EXHAUSTED'))
        throw error;
      log.warn({ uri, error: error.message }, 'an event is not tagged');
    });
    failpoint('memory-3-tagged');
  }
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
