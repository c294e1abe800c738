import type { IndexFreshness } from '../api/results.ts';
import type { VectorsStatus } from './contract.ts';

/** What of the index is not there, or not yet. */
export interface FreshnessFacts {
  readonly isLoading: boolean;
  readonly isScanning: boolean;
  /** Entries that changed and were not looked at. */
  readonly pending: number;
  /** Entries whose text the store no longer has. */
  readonly lost: number;
  /** Entries that could not be indexed: an answer names none, for whoever asks may not be allowed to see it. */
  readonly failed: number;
  readonly vectors: VectorsStatus;
  /** The model's vectors went with a damaged store and are not yet asked for again. */
  readonly vectorsLost: boolean;
}

/** What an answer says of the index. Words that lack a model's vectors are fresh, with a note. */
export function freshnessOf(facts: FreshnessFacts): IndexFreshness {
  const { pending, lost, failed } = facts;
  const notes: string[] = [];
  if (facts.isLoading) notes.push('the index is being read from disk');
  else if (facts.isScanning) notes.push('content is being compared with the index');
  else if (pending > 0) notes.push(`${pending} changed ${entriesAre(pending)} not yet indexed`);
  if (lost > 0) notes.push(`${lost} ${entriesAre(lost)} damaged in the index and read again`);
  if (failed > 0) notes.push(`${failed} ${failed === 1 ? 'entry' : 'entries'} could not be indexed`);
  const state = notes.length === 0 ? 'fresh' : 'stale';
  const vectors = vectorsNote(facts);
  if (vectors !== undefined) notes.push(vectors);
  return { state, pending, ...(notes.length === 0 ? {} : { note: notes.join('; ') }) };
}

function vectorsNote({ vectors, vectorsLost }: FreshnessFacts): string | undefined {
  if (vectorsLost) return "the model's vectors were damaged and are made anew, words answer meanwhile";
  const missing = vectors.serving?.missing ?? 0;
  if (missing === 0) return undefined;
  return `${missing} ${missing === 1 ? 'passage has' : 'passages have'} no vector of the model yet, words answer for them`;
}

function entriesAre(count: number): string {
  return count === 1 ? 'entry is' : 'entries are';
}
