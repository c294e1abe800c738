import type { MemoryPolicy, Message } from '../api/results.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';

export interface ExtractRequest {
  readonly principal: Principal;
  /** Session id. */
  readonly session: string;
  /** The archive directory the messages are in; the extraction keeps its plan there. */
  readonly archiveUri: VikingUri;
  readonly messages: readonly Message[];
  readonly policy: MemoryPolicy;
}

/** What became of one candidate. Outcomes are values: nothing that was not kept looks kept. */
export interface MemoryOutcome {
  readonly outcome: 'stored' | 'merged' | 'duplicate' | 'rejected' | 'nothing';
  /** Category; null when there was no candidate. */
  readonly memory_type: string | null;
  /** The memory it is in; absent when it is in none. */
  readonly uri?: string;
  /** The sentence as it was said; a mark in its place when it holds a secret. */
  readonly text: string;
  readonly message_ids: readonly string[];
  /** Why it was rejected: `secret`, `peer_not_enabled`, `self_not_enabled`, `memory_type_not_enabled`. */
  readonly reason?: string;
}

export interface MemoryChange {
  readonly uri: string;
  readonly memory_type: string;
  /** Whole file before; absent for a new one. */
  readonly before?: string;
  /** Whole file after. */
  readonly after?: string;
}

export interface ExtractResult {
  readonly extractor: string;
  readonly outcomes: readonly MemoryOutcome[];
  readonly operations: {
    readonly adds: readonly MemoryChange[];
    readonly updates: readonly MemoryChange[];
    readonly deletes: readonly MemoryChange[];
  };
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
  /** A memory file was written. */
  readonly onChanged: (uri: VikingUri, principal: Principal) => void;
}

export interface Memory {
  /**
   * Takes what is plainly stated in a session into memory files. Safe to run again for the same archive: it finishes
   * what a crash left undone and answers the same.
   * @throws NO_SPACE, PERMISSION_DENIED when a memory cannot be written
   */
  extract(request: ExtractRequest): Promise<ExtractResult>;
}
