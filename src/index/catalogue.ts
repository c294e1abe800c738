import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { TextKind } from '../base/text/file-kind.ts';
import type { Stamp } from '../content/index.ts';
import { isVikingError } from '../errors/index.ts';
import { type Change, openStore, type Store, type Table } from '../records/index.ts';
import { passageKey } from './vectors/vector-index.ts';

/** Raise it when passages, terms or records change meaning: the index is then built anew. */
const FORMAT = 2;
/** Labels of the vector graph have 32 bits. */
const ID_LIMIT = 2 ** 32 - 1;

export interface DocumentRecord {
  /** State of the file the passages were made from: size, mtime, ctime, inode. */
  readonly stamp: readonly [number, number, number, number];
  readonly kind: TextKind;
  /** Ids of its passages, in the order of the text. */
  readonly passages: readonly number[];
  /** Why not all of its text is indexed. */
  readonly note?: string;
  /** Tells this state of the document from every other one of any document, so that a copy in memory can be believed. */
  readonly version: number;
}

export interface PassageRecord {
  readonly lines: readonly [number, number];
  readonly heading: string;
  readonly text: string;
  readonly indexed?: string;
  readonly speaker?: string;
}

interface Meta {
  /** Names this store among its rebuilt successors, so that a graph of another one's ids is never believed. */
  readonly generation: string;
  readonly embedder: string;
  readonly nextId: number;
}

/** Vectors of one model. */
export interface VectorGeneration {
  readonly stamp: string;
  readonly dimensions: number;
  /** Name of the table that holds them. */
  readonly table: string;
}

export interface VectorGenerations {
  readonly serving: VectorGeneration | undefined;
  readonly gathering: VectorGeneration | undefined;
  /** Tables whose records are still to be deleted. */
  readonly dropped: readonly string[];
}

export const NO_VECTORS: VectorGenerations = { serving: undefined, gathering: undefined, dropped: [] };

/** The index on disk: what was indexed of which file, so that a start only looks at what changed. */
export class Catalogue {
  readonly #store: Store;
  readonly #documents: Table<DocumentRecord>;
  readonly #passages: Table<PassageRecord>;
  readonly vectors: Table<Uint8Array>;
  readonly #meta: Table<Meta>;
  readonly #generations: Table<VectorGenerations>;
  readonly #vectorTables = new Map<string, Table<Uint8Array>>();
  readonly #facts: Meta;
  #nextId: number;

  private constructor(store: Store, meta: Table<Meta>, found: Meta) {
    this.#store = store;
    this.#meta = meta;
    this.#documents = store.table('documents');
    this.#passages = store.table('passages');
    this.#generations = store.table('vector-generations');
    this.vectors = this.vectorTable('vectors');
    this.#facts = found;
    this.#nextId = found.nextId;
  }

  /** Opens the store in `dir`; one of another embedder, out of ids or damaged is begun anew. @throws CONFLICT, NO_SPACE */
  static async open(dir: string, embedder: string): Promise<Catalogue> {
    const store = await openStore({ dir, format: FORMAT, rebuildable: true });
    const meta = store.table<Meta>('meta');
    const found = await meta.get('index').catch(() => undefined);
    if (found?.embedder === embedder && found.nextId < ID_LIMIT) return new Catalogue(store, meta, found);
    if (found !== undefined) {
      await store.close();
      return Catalogue.#anew(dir, embedder);
    }
    const first = { generation: randomBytes(8).toString('hex'), nextId: 1, embedder };
    await meta.put('index', first);
    return new Catalogue(store, meta, first);
  }

  get generation(): string {
    return this.#facts.generation;
  }

  /** Closes it, throws everything away and opens an empty one. */
  async reset(): Promise<Catalogue> {
    await this.close();
    return Catalogue.#anew(this.#store.dir, this.#facts.embedder);
  }

  static async #anew(dir: string, embedder: string): Promise<Catalogue> {
    await rm(dir, { recursive: true, force: true });
    return Catalogue.open(dir, embedder);
  }

  /** A passage id never used before in this generation. */
  newId(): number {
    return this.#nextId++;
  }

  get isExhausted(): boolean {
    return this.#nextId >= ID_LIMIT;
  }

  documents(): AsyncIterable<readonly [string, DocumentRecord]> {
    return this.#documents.entries();
  }

  document(path: string): Promise<DocumentRecord | undefined> {
    return this.#documents.get(path);
  }

  passage(id: number): Promise<PassageRecord | undefined> {
    return this.#passages.get(passageKey(id));
  }

  /** A table of vectors by passage; what removes a passage removes its vector from every table that was asked for. */
  vectorTable(name: string): Table<Uint8Array> {
    const known = this.#vectorTables.get(name) ?? this.#store.bytes(name);
    this.#vectorTables.set(name, known);
    return known;
  }

  async generations(): Promise<VectorGenerations> {
    // A damaged record costs the vectors, which are asked for again.
    const found = await this.#generations.get('current').catch(() => undefined);
    return { ...NO_VECTORS, ...found };
  }

  saveGenerations(generations: VectorGenerations): Promise<void> {
    return this.#generations.put('current', generations);
  }

  /** Changes of vector tables; durable with the next `sync`. */
  async write(changes: readonly Change[]): Promise<void> {
    if (changes.length > 0) await this.#store.batch(changes, { sync: false });
  }

  /** Replaces a document, all or nothing. `gone` are ids of passages it no longer has. */
  async putDocument(path: string, document: DocumentRecord, changes: DocumentChanges): Promise<void> {
    await this.#store.batch(
      [
        this.#documents.putting(path, document),
        ...changes.passages.map(([id, passage]) => this.#passages.putting(passageKey(id), passage)),
        ...changes.vectors.map(([id, bytes]) => this.vectors.putting(passageKey(id), bytes)),
        ...this.#removing(changes.gone),
        this.#nextIdChange(),
      ],
      { sync: false },
    );
  }

  /** The document at `from`, with its passages and vectors, is at `to` from now on. */
  async moveDocument(from: string, to: string, document: DocumentRecord): Promise<void> {
    await this.#store.batch(
      [this.#documents.deleting(from), this.#documents.putting(to, document), this.#nextIdChange()],
      { sync: false },
    );
  }

  async removeDocument(path: string, passages: readonly number[]): Promise<void> {
    await this.#store.batch([this.#documents.deleting(path), ...this.#removing(passages)], { sync: false });
  }

  /** Deletes passages that no document has. */
  async removePassages(ids: readonly number[]): Promise<void> {
    if (ids.length > 0) await this.#store.batch(this.#removing(ids), { sync: false });
  }

  /** Everything written so far survives a crash once this resolves. */
  async sync(): Promise<void> {
    await this.#store.batch([this.#nextIdChange()], { sync: true });
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #removing(ids: readonly number[]): Change[] {
    return ids.flatMap((id) => [
      this.#passages.deleting(passageKey(id)),
      ...[...this.#vectorTables.values()].map((table) => table.deleting(passageKey(id))),
    ]);
  }

  #nextIdChange(): Change {
    return this.#meta.putting('index', { ...this.#facts, nextId: this.#nextId });
  }
}

export interface DocumentChanges {
  readonly passages: readonly (readonly [number, PassageRecord])[];
  readonly vectors: readonly (readonly [number, Uint8Array])[];
  readonly gone: readonly number[];
}

export function isCorrupt(error: unknown): boolean {
  return isVikingError(error) && error.code === 'CORRUPT';
}

export function stampOf(file: Stamp): DocumentRecord['stamp'] {
  return [file.size, file.mtimeMs, file.ctimeMs, file.ino];
}
