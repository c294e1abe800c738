import type { Freshness } from '../../api/results.ts';
import type { PlainError } from '../../errors/index.ts';
import type {
  IndexAnswer,
  IndexQuery,
  IndexStatus,
  MissingVector,
  PassageVector,
} from '../../index/contract.ts';
import type {
  Description,
  Layer,
  LayerState,
  LayersStatus,
  Level,
  ModelWork,
} from '../../layers/contract.ts';

/** What the text worker is started with. */
export interface TextWorkerData {
  readonly contentDir: string;
  readonly indexDir: string;
  readonly logLevel: string;
}

/** The worker's first message: its stores are open, or why they could not be opened. */
export type TextWorkerGreeting = { readonly ready: true } | { readonly failed: PlainError };

/** What the worker says unasked: which generated layers directories have from now on. */
export interface TextWorkerNews {
  readonly listed: readonly (readonly [directory: string, levels: readonly Level[]])[];
}

/** What the main thread may ask of the text worker. Arguments and results are plain data. */
export interface TextWorkerFunctions {
  /** Answers at once when the thread is free: a thread that is alive and stuck does not. */
  ping(): void;
  touch(paths: readonly string[]): void;
  /** With the number of a `question` it answers once `vectorOf` was called for that: words are looked for meanwhile. */
  search(query: IndexQuery, question?: number): Promise<IndexAnswer>;
  /** The vector of a question that is being answered; undefined when none comes. */
  vectorOf(question: number, vector: IndexQuery['vector']): void;
  indexStatus(): IndexStatus;
  flushIndex(): Promise<void>;
  reindex(path: string): Promise<{ documents: number; passages: number }>;
  /** See `IndexVectors`: the worker makes no vectors of a model itself. */
  expectVectors(stamp: string, dimensions: number): Promise<void>;
  missingVectors(limit: number): Promise<readonly MissingVector[]>;
  putVectors(stamp: string, vectors: readonly PassageVector[]): Promise<void>;
  readLayer(directory: string, level: Level, budgetMs: number): Promise<Layer>;
  readLastLayer(directory: string, level: Level): Promise<Layer>;
  readFileLayer(file: string, level: Level): Promise<Layer>;
  terms(entry: string): Promise<readonly string[]>;
  abstracts(directories: readonly string[]): Promise<readonly (string | undefined)[]>;
  layerFreshness(directory: string): Promise<Freshness>;
  layerState(directory: string): Promise<LayerState>;
  isGenerated(text: string): Promise<boolean>;
  dropLayer(directory: string, level?: Level): Promise<void>;
  flushLayers(): Promise<void>;
  layersStatus(): LayersStatus;
  modelWork(by: string, waitMs: number): Promise<ModelWork | undefined>;
  summed(by: string, summaries: readonly (readonly [digest: string, summary: string])[]): Promise<void>;
  described(directory: string, by: string, work: Pick<ModelWork, 'from'> & Description): Promise<void>;
  postpone(directory: string, waitMs: number): void;
  close(): Promise<void>;
}
