/** The documents a query may see, and what they add up to. */
export interface Scope {
  /** One byte per document number; 1 is inside. */
  readonly documents: Uint8Array;
  readonly documentCount: number;
  readonly passageCount: number;
  /** Terms in all. */
  readonly length: number;
}

/** Inverse document frequency, never negative (unlike Robertson's). */
export function idf(frequency: number, total: number): number {
  return Math.log(1 + (Math.max(0, total - frequency) + 0.5) / (frequency + 0.5));
}
