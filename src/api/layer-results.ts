import type { Freshness, StatResult } from './results.ts';

/** One layer of one directory, as served. */
export interface LayerResult {
  readonly uri: string;
  /** Markdown body, no front matter. */
  readonly text: string;
  readonly freshness: Freshness;
  /** Who wrote it: `embedded` (extractive), `model` or `pinned` (a person). */
  readonly made_by: string;
  /** ISO-8601; absent for a pinned layer. */
  readonly made_at?: string;
  /** Digest of the children it was made from, and the model and prompt version (or `embedded`) that made it. */
  readonly stamp?: { readonly from: string; readonly by: string };
  /** True while the model's version is on its way. */
  readonly awaits_model?: boolean;
}

/** What `stat` says of a directory's layers. */
export type LayerStateResult = Pick<
  StatResult,
  'made_by' | 'made_at' | 'model' | 'stamp' | 'awaits_model' | 'sampled'
> & {
  readonly freshness: Freshness;
};
