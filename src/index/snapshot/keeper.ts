import type { Logger } from '../../base/log.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Corpus } from '../corpus.ts';
import { saveSnapshot } from './corpus-snapshot.ts';

/**
 * A snapshot is written when nothing else is to do and so many passages changed since the last (one in fifty), or in
 * the midst of a great deal of work (one in four), so that a killed process loses little of it.
 */
const RULES = {
  idle: { from: 1_000, share: 50 },
  busy: { from: 20_000, share: 4 },
  close: { from: 0, share: 200 },
} as const;

/** Counts what changed since the last snapshot and writes one when that is worth it. */
export class SnapshotKeeper {
  readonly #dir: string;
  readonly #log: Logger;
  /** Passages changed since the snapshot was written. */
  unsaved = 0;

  constructor(dir: string, log: Logger) {
    this.#dir = dir;
    this.#log = log;
  }

  /** Writes one when enough changed for this moment. Never throws: the store is the truth. */
  async save(catalogue: Catalogue, corpus: Corpus, moment: keyof typeof RULES): Promise<void> {
    const { from, share } = RULES[moment];
    if (this.unsaved <= from || this.unsaved * share <= corpus.passages) return;
    const { unsaved } = this;
    try {
      // What is in the snapshot must not be lost from the store.
      await catalogue.sync();
      await saveSnapshot(this.#dir, catalogue.generation, corpus);
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'the snapshot of the index could not be written');
    }
    // After a failure the next attempt waits for as many changes again.
    this.unsaved -= unsaved;
  }
}
