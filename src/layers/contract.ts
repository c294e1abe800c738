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
  /** `embedded` (extractive), `pinned` (a person wrote it) or `model`. */
  readonly madeBy: 'embedded' | 'pinned' | 'model';
  /** What it was made from and by; absent for a pinned layer. */
  readonly stamp?: LayerOrigin;
  /** Milliseconds since the epoch; 0 for a pinned layer. */
  readonly madeAt: number;
  /** A model has yet to say it in its words; never so while it cannot be asked about this entry. */
  readonly awaitsModel?: true;
}

/** What is known of a directory's layers without reading them. */
export interface LayerState {
  readonly freshness: Freshness;
  /** Of the abstract; absent while nothing is built. */
  readonly madeBy?: Layer['madeBy'];
  readonly madeAt?: number;
  readonly stamp?: LayerOrigin;
  readonly awaitsModel?: true;
  /** Of the overview; absent when it shows every entry. */
  readonly sampled?: { readonly shown: number; readonly entries: number };
}

export interface LayerOrigin {
  /** Digest of what it was made from: names, kinds and contents of the children. */
  readonly from: string;
  /** `embedded`, or model and prompt version, e.g. `small/prompts-1`. */
  readonly by: string;
}

/** A file a model has not described yet. */
export interface FileExcerpt {
  readonly name: string;
  readonly kind: 'code' | 'documentation' | 'conversation' | 'other';
  /** Digest of the whole content: its summary is kept under it. */
  readonly digest: string;
  /** The text itself, or its beginning, outline and end. */
  readonly text: string;
}

/** The next thing a model should describe: files of a directory first, then the directory itself from its children. */
export interface ModelWork {
  readonly directory: string;
  readonly title: string;
  /** Files to be summed up; empty when it is the directory's turn. */
  readonly files: readonly FileExcerpt[];
  /** What `describe` is about, and the digest to hand back with it. */
  readonly from: string;
  readonly entries: readonly { readonly name: string; readonly about: string }[];
  /** Entries there are; more than `entries` when they are a sample. */
  readonly count: number;
}

/** What a model said of a directory; the rest of its layers is made of what is known of its children. */
export interface Description {
  readonly abstract: string;
  /** What is here and where to look, a few sentences. */
  readonly guide: string;
}

export interface LayersStatus {
  /** Directories with built layers. */
  readonly directories: number;
  /** Directories known to be stale and waiting. */
  readonly pending: number;
  /** Directories a model has yet to describe; 0 without a model. */
  readonly awaitingModel: number;
}

export interface LayerEngine {
  /** These paths (files or directories) may have changed: their directories and ancestors may be stale. */
  touch(paths: readonly string[]): void;
  /**
   * The freshest layer of a directory: built now if it is missing or stale and that fits `budgetMs`, else the best
   * there is, marked stale. @throws NOT_FOUND, NOT_DIRECTORY
   */
  read(directory: string, level: Level, budgetMs: number): Promise<Layer>;
  /**
   * The layer that was built last, marked stale, or one from what can be read in a moment: for a directory that is being
   * changed, where building now would be in the way of the changes and be for nothing. @throws NOT_FOUND, NOT_DIRECTORY
   */
  readLast(directory: string, level: Level): Promise<Layer>;
  /** A file's own layer, made from the file now. @throws NOT_FOUND, IS_DIRECTORY */
  readFile(file: string, level: Level): Promise<Layer>;
  /** Key terms of a file or directory, the weightiest first; none where nothing is known. */
  terms(entry: string): Promise<readonly string[]>;
  /** Built abstracts only, for listings: never builds. */
  abstracts(directories: readonly string[]): Promise<readonly (string | undefined)[]>;
  freshness(directory: string): Promise<Freshness>;
  /** Freshness and origin of a directory's layers: never builds. */
  state(directory: string): Promise<LayerState>;
  /** True when `text` is exactly a layer that was generated somewhere: copying one is not pinning it. */
  isGenerated(text: string): Promise<boolean>;
  /** Drops generated layers of a directory; they are built again on demand. */
  drop(directory: string, level?: Level): Promise<void>;
  /**
   * The next work for the model and prompts called `by`, or undefined when nothing came up within `waitMs`. The same work
   * is answered again until it is handed back.
   */
  modelWork(by: string, waitMs: number): Promise<ModelWork | undefined>;
  /** Summaries by digest; an empty one says that the model has none, and the extracted lead stays. */
  summed(by: string, summaries: readonly (readonly [digest: string, summary: string])[]): Promise<void>;
  /** Keeps a directory's description, unless it has changed since. */
  described(directory: string, by: string, work: Pick<ModelWork, 'from'> & Description): Promise<void>;
  /** The model cannot describe it now: not before `waitMs` again, or before it changes. */
  postpone(directory: string, waitMs: number): void;
  /** Resolves when everything touched before is built and durable. */
  flush(): Promise<void>;
  status(): LayersStatus;
  close(): Promise<void>;
}
