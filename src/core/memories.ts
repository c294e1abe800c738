import type {
  ForgetResult,
  MemoryDiff,
  MemoryOutcome,
  ReviewEntry,
  TidyProposal,
  UndoResult,
} from '../api/results.ts';
import type { ContentStore } from '../content/contract.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import { DIFF, type Memory, type RememberOptions, recordPath } from '../memory/index.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { Guard } from './guard.ts';
import { contentPath } from './namespace.ts';

/** Memories beyond their files: what a person says, takes back, looks through and forgets. */
export interface CoreMemories {
  /** Keeps a text verbatim; durable and findable when it resolves. */
  remember(principal: Principal, text: string, options?: RememberOptions): Promise<MemoryOutcome>;
  /** Reverts what a commit did to memories. `archive` is `…/history/archive_NNN`. @throws NOT_FOUND */
  undo(principal: Principal, archive: VikingUri): Promise<UndoResult>;
  reviews(principal: Principal): Promise<readonly ReviewEntry[]>;
  accept(principal: Principal, name: string): Promise<MemoryOutcome>;
  reject(principal: Principal, name: string): Promise<void>;
  forget(principal: Principal, uri: VikingUri): Promise<ForgetResult>;
  tidy(principal: Principal): Promise<readonly TidyProposal[]>;
}

export interface MemoriesOptions {
  readonly memory: Memory;
  readonly content: ContentStore;
  readonly guard: Guard;
  /** Resolves when what changed can be found, or no longer. */
  indexed(): Promise<void>;
  /** Removes what is recorded of a content path: tags, relations, use. */
  forgetRecords(path: string): Promise<void>;
}

export function createMemories(options: MemoriesOptions): CoreMemories {
  const { memory, content, guard, indexed } = options;
  async function andIndexed<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    await indexed();
    return result;
  }
  return {
    remember: (principal, text, options) => andIndexed(memory.remember(principal, text, options)),
    async undo(principal, archive) {
      const real = await guard(principal, archive, 'read');
      return andIndexed(memory.undo(principal, await readDiff(content, principal, real)));
    },
    reviews: (principal) => memory.reviews(principal),
    accept: (principal, name) => andIndexed(memory.accept(principal, name)),
    reject: (principal, name) => memory.reject(principal, name),
    async forget(principal, uri) {
      const real = await guard(principal, uri, 'write');
      const forgotten = await andIndexed(memory.forget(principal, real));
      await options.forgetRecords(contentPath(principal, real));
      return forgotten;
    },
    tidy: (principal) => memory.tidy(principal),
  };
}

/** @throws NOT_FOUND for what is no archive or changed no memories, CORRUPT */
async function readDiff(
  content: ContentStore,
  principal: Principal,
  archive: VikingUri,
): Promise<MemoryDiff> {
  const path = recordPath(principal, archive, DIFF);
  if (archive.sessionId === undefined || !/^archive_\d+$/.test(archive.name)) throw noDiff(archive);
  let text: string;
  try {
    text = (await content.read(path)).toString();
  } catch (error) {
    if (isVikingError(error) && error.code === 'NOT_FOUND') throw noDiff(archive);
    throw error;
  }
  try {
    const diff = JSON.parse(text) as Partial<MemoryDiff>;
    if (diff.operations !== undefined) return diff as MemoryDiff;
  } catch {
    // Told below.
  }
  throw new VikingError('CORRUPT', `${archive}/memory_diff.json cannot be read`, {
    hint: 'Put the memories right by hand; the archive holds what was said.',
  });
}

function noDiff(archive: VikingUri): VikingError {
  return new VikingError('NOT_FOUND', `${archive}: no record of memory changes`, {
    hint: 'Name an archive, as in viking://user/sessions/ID/history/archive_001.',
  });
}
