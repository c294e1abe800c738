import type { Logger } from '../base/log.ts';
import { type ModelWave, startModelWave } from '../layers/index.ts';
import type { Models } from '../models/index.ts';
import type { TextWorker } from './worker/start.ts';

export interface ModelLayersOptions {
  readonly models: Models;
  readonly worker: TextWorker;
  readonly log: Logger;
  readonly longestWaitMs: number | undefined;
}

/** The wave that describes directories by the chat model; none without one. */
export function openModelLayers({
  models,
  worker,
  log,
  longestWaitMs,
}: ModelLayersOptions): ModelWave | undefined {
  if (models.chat === undefined) return undefined;
  return startModelWave({
    chat: models.chat,
    layers: worker.calls,
    running: () => worker.running(),
    log,
    ...(longestWaitMs === undefined ? {} : { longestWaitMs }),
  });
}
