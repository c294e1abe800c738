import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import { openContent } from '../content/index.ts';
import type { LayerEngine } from './contract.ts';
import { Engine } from './engine.ts';
import { type OnListed, openLayerRecords } from './layer-records.ts';
import type { Yielding } from './yielding.ts';

export interface LayersOptions extends Yielding {
  /** Absolute path of the content directory. */
  readonly contentDir: string;
  /** Directory of rebuildable things; the layers live in `layers` below it. */
  readonly dir: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** The content store to read through. Default: a new one over `contentDir`. */
  readonly content?: ContentStore;
  /** Hears of every directory that has generated layers, and of every change of that; at once for those there are. */
  readonly onListed?: OnListed;
}

/**
 * Opens the layers of a content directory and begins, in the background, to find and build what changed since they were
 * last open. @throws CONFLICT (another process has them open), NO_SPACE, PERMISSION_DENIED
 */
export async function openLayers(options: LayersOptions): Promise<LayerEngine> {
  const content = options.content ?? (await readOnlyContent(options));
  const records = await openLayerRecords(options.dir, options.onListed);
  return new Engine({ ...options, content, records, clock: options.clock ?? systemClock });
}

/** Opening content clears its staging, where another thread may be writing: this one gets a place of its own. */
function readOnlyContent({ contentDir, dir }: LayersOptions): Promise<ContentStore> {
  return openContent(contentDir, { stagingDir: join(dir, 'layers-staging'), mayBlock: true });
}
