import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TermCount } from '../base/text/key-terms.ts';
import { type Change, openStore, type Range, type Store, type Table } from '../records/index.ts';
import type { Description, LayerOrigin, Level } from './contract.ts';
import { joined } from './listing.ts';
import type { FileNote } from './note.ts';

/** Raise it when what is written changes, texts included: the store is then made anew. */
const FORMAT = 5;
/** Digests of generated texts kept; the oldest go first. */
const DIGESTS_MOST = 100_000;
const FORGET_BATCH = 500;

export interface LayerRecord {
  readonly title: string;
  readonly abstract: string;
  readonly overview: string;
  /** Levels somebody removed: not listed until they are asked for. What stands above still counts on them. */
  readonly dropped?: readonly Level[];
  /** The abstract is a person's, taken from the file that was pinned then. */
  readonly pinned: boolean;
  readonly terms: readonly TermCount[];
  readonly madeAt: number;
  /** Digest of what it was made from. */
  readonly from: string;
  /** What a model made of the same; served in place of the extracted texts. */
  readonly model?: ModelLayers;
  /** Names of files with a note, and of directories that have layers of their own. */
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

export interface ModelLayers extends LayerOrigin {
  readonly abstract: string;
  readonly overview: string;
  readonly madeAt: number;
}

/** Small enough to be kept in memory for every directory. */
export interface LayerStamp {
  readonly stamp: string;
  /** Digest of what a parent says about this directory: when it stays, nothing above changes. */
  readonly gist: string;
  /** As in the record. */
  readonly dropped?: readonly Level[];
}

/** Hears which generated layers a directory has from now on; none when it has no more. */
export type OnListed = (directory: string, levels: readonly Level[]) => void;

const LEVELS: readonly Level[] = ['abstract', 'overview'];

export interface StoredNote {
  readonly stamp: string;
  readonly note: FileNote;
  /** Of the content that was read. */
  readonly digest: string;
}

/** The rebuildable store of notes and layers. */
export interface LayerRecords {
  readonly notes: Table<StoredNote>;
  readonly layers: Table<LayerRecord>;
  /** What models said, by `{by} {digest}`: the same content is never sent twice, wherever it lies. */
  readonly summaries: Table<string>;
  readonly descriptions: Table<Description>;
  /** Keys of both that nothing refers to, and since when, in milliseconds since the epoch. */
  readonly unused: Table<number>;
  /** Stamps of all directories with layers, as on disk. */
  readonly stamps: ReadonlyMap<string, LayerStamp>;
  /** Writes changes and the stamp of their directory together. Not yet durable: see `sync`. */
  save(directory: string, stamp: LayerStamp, changes: readonly Change[]): Promise<void>;
  /** Notes of a build that did not come to its end: the next one goes on from them. */
  saveNotes(changes: readonly Change[]): Promise<void>;
  /** Names of directories directly below of which, or below which, something is known. */
  childrenOf(directory: string): Promise<readonly string[]>;
  /** Removes all that is known of a directory and of what is below it. */
  forget(directory: string): Promise<void>;
  isGenerated(text: string): Promise<boolean>;
  /** Makes everything saved before durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens `dir/layers`. A damaged store is begun anew. `onListed` hears of every directory that has layers, and of every
 * change of that. @throws CONFLICT (held by another process), NO_SPACE
 */
export async function openLayerRecords(dir: string, onListed?: OnListed): Promise<LayerRecords> {
  const store = await openStore({ dir: join(dir, 'layers'), format: FORMAT, rebuildable: true });
  try {
    return await recordsIn(store, onListed);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function recordsIn(store: Store, onListed?: OnListed): Promise<LayerRecords> {
  const notes = store.table<StoredNote>('notes');
  const layers = store.table<LayerRecord>('layers');
  const stampTable = store.table<LayerStamp>('stamps');
  const marks = store.table<number>('marks');
  const summaries = store.table<string>('summaries');
  const descriptions = store.table<Description>('descriptions');
  const unused = store.table<number>('unused');
  const stamps = new Map<string, LayerStamp>();
  for await (const [directory, stamp] of stampTable.entries()) know(directory, stamp);
  const digests = await openDigests(store);

  function know(directory: string, stamp: LayerStamp): void {
    stamps.set(directory, stamp);
    onListed?.(
      directory,
      LEVELS.filter((level) => stamp.dropped?.includes(level) !== true),
    );
  }

  function unknow(directory: string): void {
    if (stamps.delete(directory)) onListed?.(directory, []);
  }

  async function removeRange(
    table: Table<unknown>,
    range: Range,
    each?: (key: string) => void,
  ): Promise<void> {
    for (;;) {
      const keys: string[] = [];
      for await (const key of table.keys({ ...range, limit: FORGET_BATCH })) keys.push(key);
      if (keys.length === 0) return;
      await store.batch(
        keys.map((key) => table.deleting(key)),
        { sync: false },
      );
      for (const key of keys) each?.(key);
    }
  }

  /** Whether anything below is known, even of a directory that was not built itself. */
  async function holdsBelow(directory: string): Promise<boolean> {
    for (const table of [stampTable, notes]) {
      for await (const _key of table.keys({ ...rangeBelow(directory), limit: 1 })) return true;
    }
    return false;
  }

  return {
    notes,
    layers,
    summaries,
    descriptions,
    unused,
    stamps,
    async save(directory, { stamp, gist }, changes) {
      const record = changes.find((change) => change.table === layers.name)?.value as LayerRecord | undefined;
      const dropped = record === undefined ? stamps.get(directory)?.dropped : record.dropped;
      const known: LayerStamp = { stamp, gist, ...(dropped === undefined ? {} : { dropped }) };
      const texts = changes.flatMap((change) =>
        change.table === layers.name ? generatedTexts(change.value) : [],
      );
      const marked = await digests.adding(texts);
      await store.batch([...changes, ...marked, stampTable.putting(directory, known)], { sync: false });
      know(directory, known);
    },
    async saveNotes(changes) {
      if (changes.length > 0) await store.batch(changes, { sync: false });
    },
    async childrenOf(directory) {
      const names = new Set<string>();
      const { gte, ...bounds } = rangeBelow(directory);
      let from: Range | undefined = gte === undefined ? bounds : { ...bounds, gte };
      while (from !== undefined) {
        let next: Range | undefined;
        for await (const key of stampTable.keys({ ...from, limit: 1 })) {
          const name = key.slice(directory === '' ? 0 : directory.length + 1).split('/', 1)[0]!;
          const child = joined(directory, name);
          names.add(name);
          // One step over all that is below a child; `b`, `b-x`, `b/c`, `b0` is the order of keys.
          next = { ...bounds, ...(key === child ? { gt: key } : { gte: `${child}0` }) };
        }
        from = next;
      }
      return [...names];
    },
    async forget(directory) {
      // Most that is touched are files, of which there is nothing to forget.
      if (!stamps.has(directory) && !(await holdsBelow(directory))) return;
      unknow(directory);
      await store.batch([layers.deleting(directory), stampTable.deleting(directory)], { sync: false });
      const below = rangeBelow(directory);
      await removeRange(notes, below);
      await removeRange(layers, below);
      await removeRange(stampTable, below, unknow);
    },
    isGenerated: (text) => digests.has(text),
    sync: () => store.batch([marks.putting('synced', 1)], { sync: true }),
    close: () => store.close(),
  };
}

/** Keys of what is below a directory: `0` is the character after `/`. */
function rangeBelow(directory: string): Range {
  return directory === '' ? {} : { gte: `${directory}/`, lt: `${directory}0` };
}

function generatedTexts(value: unknown): string[] {
  const { abstract, overview, pinned, model } = (value ?? {}) as Partial<LayerRecord>;
  const texts = [pinned === true ? undefined : abstract, overview, model?.abstract, model?.overview];
  return texts.filter((text) => text !== undefined);
}

interface Digests {
  has(text: string): Promise<boolean>;
  /** Changes that remember `texts`, and let go of the oldest beyond the limit. */
  adding(texts: readonly string[]): Promise<Change[]>;
}

async function openDigests(store: Store): Promise<Digests> {
  const known = store.table<number>('generated');
  const order = store.table<string>('generated-order');
  let next = 0;
  for await (const key of order.keys({ reverse: true, limit: 1 })) next = Number(key) + 1;
  let first = next;
  for await (const key of order.keys({ limit: 1 })) first = Number(key);
  return {
    has: async (text) => (await known.get(textDigest(text))) !== undefined,
    async adding(texts) {
      const changes: Change[] = [];
      for (const text of texts) {
        const digest = textDigest(text);
        if ((await known.get(digest)) !== undefined) continue;
        changes.push(known.putting(digest, next), order.putting(orderKey(next++), digest));
      }
      for (; next - first > DIGESTS_MOST; first++) {
        const oldest = await order.get(orderKey(first));
        if (oldest !== undefined) changes.push(known.deleting(oldest), order.deleting(orderKey(first)));
      }
      return changes;
    },
  };
}

function orderKey(at: number): string {
  return String(at).padStart(15, '0');
}

/** White space at the end does not make a text somebody's own: editors and `echo` add it. */
function textDigest(text: string): string {
  return createHash('sha256').update(text.trimEnd()).digest('base64url');
}
