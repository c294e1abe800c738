/**
 * The layers contract, as the main thread sees the worker that builds them. Directories are content paths below the
 * content directory (`{account}/resources/docs`). Generated layers are rebuildable and kept outside content; a
 * pinned layer is a real file in content.
 */
import type { Freshness } from '../api/results.ts';

export type Level = 'abstract' | 'overview';

export interface Layer {
  readonly text: string;
  readonly freshness: Freshness;
  /** `embedded` (extractive) or `pinned` (a person wrote it). */
  readonly madeBy: 'embedded' | 'pinned';
  /** Milliseconds since the epoch; 0 for a pinned layer. */
  readonly madeAt: number;
}

export interface LayersStatus {
  /** Directories with built layers. */
  readonly directories: number;
  /** Directories known to be stale and waiting. */
  readonly pending: number;
}

export interface LayerEngine {
  /** These paths (files or directories) may have changed: their directories and ancestors may be stale. */
  touch(paths: readonly string[]): void;
  /**
   * The freshest layer of a directory: built now if it is missing or stale and that fits `budgetMs`, else the best
   * there is, marked stale. @throws NOT_FOUND, NOT_DIRECTORY
   */
  read(directory: string, level: Level, budgetMs: number): Promise<Layer>;
  /** Built abstracts only, for listings: never builds. */
  abstracts(directories: readonly string[]): Promise<readonly (string | undefined)[]>;
  freshness(directory: string): Promise<Freshness>;
  /** True when `text` is exactly a layer that was generated somewhere: copying one is not pinning it. */
  isGenerated(text: string): Promise<boolean>;
  /** Drops generated layers of a directory; they are built again on demand. */
  drop(directory: string, level?: Level): Promise<void>;
  /** Resolves when everything touched before is built and durable. */
  flush(): Promise<void>;
  status(): LayersStatus;
  close(): Promise<void>;
}
