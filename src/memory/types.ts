import type {
  ForgetResult,
  MemoryDiff,
  MemoryOperations,
  MemoryOutcome,
  MemoryPolicy,
  Message,
  ReviewEntry,
  TidyProposal,
  UndoResult,
} from '../api/results.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import type { Chat } from '../models/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { Category } from './categories.ts';

export interface ExtractRequest {
  readonly principal: Principal;
  /** Session id. */
  readonly session: string;
  /** The archive directory the messages are in; the extraction keeps its plan there. */
  readonly archiveUri: VikingUri;
  /** Of a session that goes on, `archiveUri`: no plan and no record of changes is kept, since nobody finishes or undoes it. */
  readonly live?: true;
  readonly messages: readonly Message[];
  readonly policy: MemoryPolicy;
  readonly signal?: AbortSignal;
}

export interface ExtractResult {
  /** Which extractor ran: `rules`, `model:{name}`, or `rules-fallback` when the model gave no usable answer. */
  readonly extractor: string;
  readonly outcomes: readonly MemoryOutcome[];
  readonly operations: MemoryOperations;
  /** Lets go of what was kept for a rerun; call it when the result is durable. */
  readonly finish: () => Promise<void>;
}

/** An existing entry similar to a text, by words and vectors. */
export interface SimilarEntry {
  readonly uri: string;
  readonly score: number;
}

export interface MemoryOptions {
  readonly content: ContentStore;
  /** Similar entries below a directory, best first. May be behind the latest writes, and may fail. */
  readonly find: (
    principal: Principal,
    directory: VikingUri,
    text: string,
    limit: number,
  ) => Promise<readonly SimilarEntry[]>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Extracts and decides where rules cannot. Absent: rules alone. */
  readonly chat?: Chat;
  /** Categories beside the built-in ones. */
  readonly categories?: readonly Category[];
  /** A memory file was written or removed. */
  readonly onChanged: (uri: VikingUri, principal: Principal) => void;
}

export interface RememberOptions {
  /** Name of a category; by default what the words are recognised as, else `preferences`. */
  readonly category?: string;
  readonly peer?: string;
}

export interface Memory {
  /** Names of all categories. */
  readonly categories: readonly string[];
  /**
   * Takes what is stated in a session into memory files. Safe to run again for the same archive: it finishes
   * what a crash left undone and answers the same.
   * @throws NO_SPACE, PERMISSION_DENIED when a memory cannot be written
   */
  extract(request: ExtractRequest): Promise<ExtractResult>;
  /** Keeps a text as it is. Durable when it resolves. @throws INVALID_ARGUMENT for an unknown category */
  remember(principal: Principal, text: string, options?: RememberOptions): Promise<MemoryOutcome>;
  /** Reverts the memory changes of one archive, but those to files that were changed since. */
  undo(principal: Principal, diff: MemoryDiff): Promise<UndoResult>;
  /** What waits for a person. */
  reviews(principal: Principal): Promise<readonly ReviewEntry[]>;
  /** Puts a waiting memory into place. Returns where. @throws NOT_FOUND */
  accept(principal: Principal, name: string): Promise<MemoryOutcome>;
  /** @throws NOT_FOUND */
  reject(principal: Principal, name: string): Promise<void>;
  /**
   * Removes a memory, takes its text out of the records of earlier commits and leaves a tombstone without it.
   * @throws NOT_FOUND, INVALID_ARGUMENT for what is no memory
   */
  forget(principal: Principal, uri: VikingUri): Promise<ForgetResult>;
  /** Pairs of memories that say nearly the same. Changes nothing. */
  tidy(principal: Principal): Promise<readonly TidyProposal[]>;
}
