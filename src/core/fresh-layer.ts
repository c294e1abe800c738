import { setTimeout as sleep } from 'node:timers/promises';
import type { LayerResult } from '../api/results.ts';
import { VikingError } from '../errors/index.ts';

/** Longest a caller waits when it names no bound of its own. */
const WAIT_MS = 60_000;
/** Between two looks. Each also tells the model's wave that somebody waits, which puts the directory first. */
const LOOK_MS = 100;

export interface FreshLayerOptions {
  /** For the error, e.g. `overview of viking://resources/docs`. */
  readonly what: string;
  readonly timeoutMs?: number;
  /** Why the model does not go on, if it does not. */
  blocked(): string | undefined;
}

/**
 * Looks until a layer is fresh and no model has yet to say it in its words. What cannot become fresh (it cannot be read) is
 * answered as it is. @throws DEADLINE_EXCEEDED
 */
export async function freshLayer(
  read: () => Promise<LayerResult>,
  options: FreshLayerOptions,
): Promise<LayerResult> {
  const timeoutMs = options.timeoutMs ?? WAIT_MS;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const layer = await read();
    const isFinal = layer.freshness === 'fresh' || layer.freshness === 'failed';
    if (isFinal && layer.awaits_model !== true) return layer;
    const left = deadline - performance.now();
    if (left <= 0) throw late(layer, timeoutMs, options);
    await sleep(Math.min(LOOK_MS, left));
  }
}

function late(layer: LayerResult, timeoutMs: number, { what, blocked }: FreshLayerOptions): VikingError {
  const why =
    layer.awaits_model === true
      ? `the model has not described it yet${because(blocked())}`
      : `it is ${layer.freshness}`;
  return new VikingError('DEADLINE_EXCEEDED', `${what}: not fresh within ${timeoutMs / 1_000} s: ${why}`, {
    hint: 'without waiting, the layer as it is now is answered; `ov wait` waits for everything',
  });
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}
