import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import {
  type BuildContext,
  type BuiltDirectory,
  buildDirectory,
  changesOf,
  gistOf,
  recordOf,
} from './build-directory.ts';
import type { LayersStatus } from './contract.ts';
import { DirtyQueue } from './dirty-queue.ts';
import type { LayerRecord, LayerRecords } from './layer-records.ts';
import {
  isQuietName,
  isQuietPath,
  joined,
  type Listing,
  listDirectory,
  parentOf,
  stampOf,
} from './listing.ts';
import { reasonOf } from './read-note.ts';
import { scanDirectories } from './scan.ts';
import { putsOff, type Yielding } from './yielding.ts';

/** Touches that come together are built once: the wave starts this long after the last, at most so long after the first. */
const SETTLE_MS = 100;
const SETTLE_MOST_MS = 1000;
/** While other work goes before it, the wave looks this often whether it may go on, or somebody waits for it. */
const YIELD_POLL_MS = 50;
/** A read that has no time left and finds nothing read still reads this long: names alone say little. */
export const SHALLOW_MS = 20;

export interface WaveOptions extends Yielding {
  readonly content: ContentStore;
  readonly records: LayerRecords;
  readonly log: Logger;
  readonly clock: Clock;
  /** Hears of every directory whose layers were built anew. */
  readonly onBuilt?: (directory: string) => void;
}

/** What bringing one directory up to date came to. */
type Outcome = 'same' | 'built' | 'waiting' | 'gone' | 'failed';

/**
 * Keeps the layers of all directories up to date, bottom-up: in the background after a touch, at once for a reader. One
 * process, one loop; a burst of touches is one wave.
 */
export class Wave {
  readonly #content: ContentStore;
  readonly #records: LayerRecords;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #onBuilt: (directory: string) => void;
  readonly #putsOff: (waiting: number) => boolean;
  readonly #dirty = new DirtyQueue();
  readonly #failures = new Map<string, string>();
  /** Listed by their parent, yet not there: settled until the wave ends, or it would wait for them for ever. */
  readonly #gone = new Set<string>();
  readonly #running = new Map<string, Promise<Outcome>>();
  readonly #bringing = new Map<string, Promise<void>>();
  /** Dirty, and a reader had to go with less: not put off with the others. */
  readonly #missed = new Set<string>();
  /** Calls of `flush` that wait: nothing is put off meanwhile. */
  #flushes = 0;
  readonly context: BuildContext;
  readonly #stop = new AbortController();
  /** Ends when everything there was at open was compared with its stamp. */
  readonly scan: Promise<void>;
  #scanned = false;
  #wave: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #firstTouchAt = 0;

  constructor(options: WaveOptions) {
    const { content, records, log, clock, onBuilt = () => undefined } = options;
    this.#content = content;
    this.#records = records;
    this.#log = log;
    this.#clock = clock;
    this.#onBuilt = onBuilt;
    this.#putsOff = putsOff(options);
    this.context = {
      content,
      records,
      log,
      unsaved: new Map(),
      failureOf: (directory) => this.#failures.get(directory),
    };
    this.scan = this.#scanAll();
  }

  touch(paths: readonly string[]): void {
    for (const path of paths) this.#dirty.touch(path);
    this.#schedule();
  }

  async flush(): Promise<void> {
    this.#flushes++;
    try {
      await this.scan;
      while (this.#dirty.size > 0 && !this.#stop.signal.aborted) await this.#startWave();
      await this.#wave;
      await Promise.allSettled(this.#running.values());
    } finally {
      this.#flushes--;
    }
    await this.#records.sync();
  }

  /** Whether the scan ended: until then nothing is known to be fresh. */
  get isScanned(): boolean {
    return this.#scanned;
  }

  /** Why a directory could not be described, if it could not. */
  failureOf(directory: string): string | undefined {
    return this.#failures.get(directory);
  }

  /** A reader found a directory that is not up to date: the wave looks at it. */
  missed(path: string): void {
    if (isQuietPath(path)) return;
    this.#missed.add(path);
    if (this.#dirty.get(path) === 'own') return;
    this.#dirty.add(path, 'own');
    this.#schedule();
  }

  /**
   * A directory from what is known and can be read in a moment. Nothing is saved: what was read for it is kept only where
   * a build that saves it is on its way.
   */
  async glimpse(listing: Listing): Promise<BuiltDirectory> {
    const isBegun = (this.context.unsaved.get(listing.path)?.size ?? 0) > 0;
    try {
      return await buildDirectory(this.context, listing, performance.now() + (isBegun ? 0 : SHALLOW_MS));
    } finally {
      this.#forgetUnsaved(listing.path);
    }
  }

  /** Whether a directory waits to be looked at. */
  isDirty(directory: string): boolean {
    return this.#dirty.get(directory) !== undefined;
  }

  status(): Omit<LayersStatus, 'awaitingModel'> {
    return { directories: this.#records.stamps.size, pending: this.#dirty.size };
  }

  /** Ends what runs, then closes the records, not before `others` that use them too are done. */
  async close(others: Promise<void> = Promise.resolve()): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.scan;
    await this.#wave;
    await Promise.allSettled([...this.#bringing.values(), ...this.#running.values()]);
    await others;
    await this.#records.close();
  }

  #schedule(): void {
    if (this.#dirty.size === 0 || !this.#scanned || this.#wave !== undefined || this.#stop.signal.aborted)
      return;
    const now = performance.now();
    if (this.#timer === undefined) this.#firstTouchAt = now;
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(SETTLE_MS, this.#firstTouchAt + SETTLE_MOST_MS - now));
    this.#timer = setTimeout(() => void this.#startWave(), wait).unref();
  }

  #startWave(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wave ??= this.#runWave().finally(() => {
      this.#wave = undefined;
      this.#gone.clear();
      this.#schedule();
    });
    return this.#wave;
  }

  async #runWave(): Promise<void> {
    await this.scan;
    for (let next = this.#dirty.peek(); next !== undefined; next = this.#dirty.peek()) {
      if (this.#stop.signal.aborted) return;
      if (this.#flushes === 0 && this.#putsOff(this.#dirty.size)) {
        await this.#bringMissed();
        await sleep(YIELD_POLL_MS, undefined, { signal: this.#stop.signal, ref: false }).catch(
          () => undefined,
        );
        continue;
      }
      const [directory, cause] = next;
      // Everything deeper is done: had anything below changed what is said of it, this would be its own cause.
      if (cause === 'below') this.#dirty.delete(directory);
      else await this.#refresh(directory);
      await nextTurn();
    }
  }

  /** What readers went without is built even while the rest is put off. */
  async #bringMissed(): Promise<void> {
    for (const path of [...this.#missed]) {
      // A bring under way may end at a reader's deadline.
      await this.#bringing.get(path);
      await this.bring(path, Number.POSITIVE_INFINITY);
    }
  }

  /** Brings one directory up to date with its entries and the layers below it as they are. Shared while it runs. */
  #refresh(path: string): Promise<Outcome> {
    const running = this.#running.get(path);
    if (running !== undefined) return running;
    const outcome = this.#refreshNow(path)
      .catch((error: unknown) => this.#failed(path, error))
      .finally(() => {
        this.#running.delete(path);
        this.context.unsaved.delete(path);
      });
    this.#running.set(path, outcome);
    return outcome;
  }

  async #refreshNow(path: string): Promise<Outcome> {
    // Before anything is read: a touch during the build must count as one after it.
    this.#dirty.delete(path);
    const isMissed = this.#missed.delete(path);
    const listing = await listDirectory(this.#content, path);
    this.#failures.delete(path);
    this.#gone.delete(path);
    const unbuilt = this.#childrenOf(listing).filter((child) => !this.#isSettled(child));
    if (unbuilt.length > 0) {
      for (const directory of [path, ...unbuilt]) this.#dirty.add(directory, 'own');
      if (isMissed) this.#missed.add(path);
      return 'waiting';
    }
    const stamp = this.#stampOf(listing);
    const known = this.#records.stamps.get(path);
    if (known?.stamp === stamp) return 'same';
    const built = await buildDirectory(this.context, listing, Number.POSITIVE_INFINITY);
    const record = await this.#records.layers.get(path);
    const next = recordOf(built, { record, madeAt: this.#clock.now() });
    const gist = gistOf(next);
    const changes = changesOf(this.#records, listing, built, { record: next, before: record });
    await this.#records.save(path, { stamp, gist }, changes);
    await this.#forgetGone(path, record, built.directories);
    // Removed, and forgotten, while it was built: what was just saved would stay for ever.
    if ((await this.#content.stat(path))?.kind !== 'directory') {
      throw new VikingError('NOT_FOUND', `${path}: removed while it was described`);
    }
    if (known?.gist !== gist) this.changedAbove(path);
    this.#onBuilt(path);
    return 'built';
  }

  async #failed(path: string, error: unknown): Promise<Outcome> {
    this.#missed.delete(path);
    if (isVikingError(error) && (error.code === 'NOT_FOUND' || error.code === 'NOT_DIRECTORY')) {
      await this.#records.forget(path);
      if (this.#failures.delete(path)) this.changedAbove(path);
      this.#gone.add(path);
      return 'gone';
    }
    const reason = reasonOf(error);
    const before = this.#failures.get(path);
    this.#failures.set(path, reason);
    if (before !== reason) {
      this.#log.warn({ directory: path, err: error }, 'layers of a directory could not be built');
      this.changedAbove(path);
    }
    return 'failed';
  }

  async #forgetGone(
    path: string,
    before: LayerRecord | undefined,
    directories: readonly string[],
  ): Promise<void> {
    const kept = new Set(directories);
    // Without a record, somebody may still have read a directory below before this one was built.
    for (const name of before?.directories ?? (await this.#records.childrenOf(path))) {
      if (!kept.has(name)) await this.#records.forget(joined(path, name));
    }
  }

  /** What is said of a directory changed: its parent says it too. */
  changedAbove(path: string): void {
    const parent = parentOf(path);
    if (parent === undefined || parent === '' || isQuietPath(path)) return;
    this.#dirty.addWithAncestors(parent);
    this.#schedule();
  }

  /** Children first, as far as `deadline` allows; what is left over waits for the wave. Shared while it runs. */
  bring(path: string, deadline: number): Promise<void> {
    const bringing = this.#bringing.get(path);
    if (bringing !== undefined) return bringing;
    const done = this.#bringNow(path, deadline)
      .catch((error: unknown) => void this.#failed(path, error))
      .finally(() => {
        this.#bringing.delete(path);
        this.#forgetUnsaved(path);
      });
    this.#bringing.set(path, done);
    return done;
  }

  /** Unless a build that saves them runs or is to come, which forgets them in its turn. */
  #forgetUnsaved(path: string): void {
    if (this.#running.has(path) || this.#bringing.has(path) || this.#dirty.get(path) === 'own') return;
    this.context.unsaved.delete(path);
  }

  async #bringNow(path: string, deadline: number): Promise<void> {
    const listing = await listDirectory(this.#content, path);
    for (const child of this.#childrenOf(listing)) {
      if (this.#isSettled(child) && this.#dirty.get(child) === undefined) continue;
      if (performance.now() >= deadline || this.#stop.signal.aborted) break;
      await this.bring(child, deadline);
    }
    await this.#refresh(path);
  }

  /** The record of a directory if nothing it was made from has changed. */
  async freshRecord(path: string): Promise<LayerRecord | undefined> {
    const known = this.#records.stamps.get(path);
    if (known === undefined || this.#dirty.get(path) !== undefined || this.#running.has(path))
      return undefined;
    try {
      const listing = await listDirectory(this.#content, path);
      if (this.#stampOf(listing) !== known.stamp || this.#dirty.get(path) !== undefined) return undefined;
      return await this.#records.layers.get(path);
    } catch {
      return undefined;
    }
  }

  /** Directories whose layers this one's depend on. */
  #childrenOf(listing: Listing): string[] {
    if (isQuietPath(listing.path)) return [];
    return listing.visible
      .filter(({ kind, name }) => kind === 'directory' && !isQuietName(name))
      .map(({ name }) => joined(listing.path, name));
  }

  #isSettled(directory: string): boolean {
    return this.#records.stamps.has(directory) || this.#failures.has(directory) || this.#gone.has(directory);
  }

  #stampOf(listing: Listing): string {
    const isQuiet = isQuietPath(listing.path);
    return stampOf(listing, (directory) => {
      if (isQuiet || isQuietPath(directory)) return '-';
      const failure = this.#failures.get(directory);
      return failure === undefined ? (this.#records.stamps.get(directory)?.gist ?? '') : `!${failure}`;
    });
  }

  async #scanAll(): Promise<void> {
    try {
      await scanDirectories(this.#content, this.#records, {
        signal: this.#stop.signal,
        differs: (listing) => this.#records.stamps.get(listing.path)?.stamp !== this.#stampOf(listing),
        found: (directory) => this.#dirty.addWithAncestors(directory),
      });
    } catch (error) {
      this.#log.warn({ err: error }, 'the scan for changed directories ended early');
    } finally {
      this.#scanned = true;
      this.#schedule();
    }
  }
}
