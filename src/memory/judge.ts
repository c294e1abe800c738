/** A candidate and the memories it may repeat, replace or contradict. */
export interface Question {
  /** Its place in the batch. */
  readonly index: number;
  readonly text: string;
  readonly category: string;
  readonly isMergeable: boolean;
  /** URIs of memories, or `candidate:N` for one of the same batch. */
  readonly existing: readonly { readonly id: string; readonly text: string }[];
}

/**
 * `skip`: it says nothing new. `create`: it becomes a memory. `none`: it does not, but what exists changes. Each existing
 * one may take it in (`merge`) or go (`delete`).
 */
export interface Judgement {
  readonly decision: 'skip' | 'create' | 'none';
  readonly existing: readonly { readonly id: string; readonly action: 'merge' | 'delete' }[];
}

/** Decides what words do not, by place in the batch. A candidate it says nothing of is decided by rules. */
export type Judge = (questions: readonly Question[]) => Promise<ReadonlyMap<number, Judgement>>;
