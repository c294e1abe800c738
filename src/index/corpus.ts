import type { TextKind } from '../base/text/file-kind.ts';
import { tokenize, type WordRun } from '../base/text/tokenize.ts';
import { PathTree } from './path-tree.ts';
import type { Section } from './snapshot/section-file.ts';
import { float64List, uint32List } from './words/lists.ts';
import type { Scope } from './words/scope.ts';
import { SLOT_LIMIT, WordIndex } from './words/word-index.ts';

/** Removed passages and documents are cleared out when more are gone than live, and enough to matter. */
const COMPACT_FROM = 20_000;
const REMEMBERED_SCOPES = 16;

/** A passage as it enters memory. Its text stays on disk. */
export interface CorpusPassage {
  /** Lasting id: key of its records and label of its vector. */
  readonly id: number;
  readonly start: number;
  readonly end: number;
  /** Tells passages of one document apart; see `fingerprint`. */
  readonly hash: number;
  readonly terms: readonly string[] | WordRun;
  readonly speaker?: string;
}

/** A passage of the document's last state that stays as it is, perhaps on other lines. */
export interface KeptPassage {
  readonly slot: number;
  readonly start: number;
  readonly end: number;
  readonly speaker?: string;
}

export interface CorpusDocument {
  readonly path: string;
  readonly kind: TextKind;
  readonly number: number;
  /** Slots of its passages, in the order of the text. */
  readonly slots: readonly number[];
  /** Of each passage the index term of who said it, or undefined; only in conversations. */
  readonly speakers: readonly (string | undefined)[];
  /** `DocumentRecord.version` of the state that is in memory. */
  readonly version: number;
}

/** A document as a snapshot has it: without slots, which the sections tell. */
export type SavedDocument = readonly [
  path: string,
  kind: TextKind,
  number: number,
  version: number,
  speakers: readonly (string | null)[],
];

/** Everything searchable, in memory: documents by path, their passages, and the words of both. */
export class Corpus {
  #index = new WordIndex();
  readonly #tree = new PathTree<CorpusDocument>();
  #byNumber: (CorpusDocument | undefined)[] = [undefined];
  /** Numbers of documents that are conversations. */
  readonly #conversations = new Set<number>();
  #ids = uint32List();
  #starts = uint32List();
  #ends = uint32List();
  #hashes = float64List();
  #ordinals = uint32List();
  readonly #slots = new Map<number, number>();
  readonly #scopes = new Map<string, Scope>();
  readonly #bits = new WeakMap<Scope, Uint32Array>();
  #revision = 0;

  get index(): WordIndex {
    return this.#index;
  }

  get documents(): number {
    return this.#tree.size;
  }

  get passages(): number {
    return this.#slots.size;
  }

  get(path: string): CorpusDocument | undefined {
    return this.#tree.get(path);
  }

  documentAt(number: number): CorpusDocument | undefined {
    return this.#byNumber[number];
  }

  /** Another one after every change: numbers, slots and scopes are of one revision. */
  get revision(): number {
    return this.#revision;
  }

  get hasConversations(): boolean {
    return this.#conversations.size > 0;
  }

  /** Those of some documents that are conversations; costs nothing where there are none. */
  conversationsAmong(numbers: Uint32Array): Uint32Array {
    if (!this.hasConversations) return new Uint32Array();
    return numbers.filter((number) => this.#conversations.has(number));
  }

  /** Documents at and below a path. */
  under(path: string): readonly CorpusDocument[] {
    return [...this.#tree.under(path)];
  }

  /** Names directly below a path that lead to documents. */
  names(path: string): readonly string[] {
    return this.#tree.names(path);
  }

  idOf(slot: number): number {
    return this.#ids.at(slot);
  }

  linesOf(slot: number): { start: number; end: number } {
    return { start: this.#starts.at(slot), end: this.#ends.at(slot) };
  }

  hashOf(slot: number): number {
    return this.#hashes.at(slot);
  }

  /** Slot of a passage, or undefined when it is gone. */
  slotOf(id: number): number | undefined {
    return this.#slots.get(id);
  }

  /** Document of a slot; undefined for a removed passage. */
  documentOf(slot: number): CorpusDocument | undefined {
    return this.#byNumber[this.#index.documentOf.at(slot)];
  }

  /** Place of a passage in its document, from 0. */
  ordinalOf(slot: number): number {
    return this.#ordinals.at(slot);
  }

  /** The same of every slot, until a passage is added. */
  get ordinals(): Uint32Array {
    return this.#ordinals.data;
  }

  /**
   * Puts a document in place of what was at its path. A passage is either new or the slot of an old one of the same
   * document that stays, with its lines.
   */
  put(
    path: string,
    { kind, version }: Pick<CorpusDocument, 'kind' | 'version'>,
    passages: readonly (CorpusPassage | KeptPassage)[],
  ): CorpusDocument {
    const old = this.get(path);
    const number = old?.number ?? this.#index.addDocument(...nameTerms(path));
    const kept = new Set(passages.map((passage) => ('slot' in passage ? passage.slot : -1)));
    for (const slot of old?.slots ?? []) if (!kept.has(slot)) this.#removeSlot(slot);
    const slots = passages.map((passage, ordinal) => {
      const slot = 'slot' in passage ? passage.slot : this.#addSlot(number, passage);
      this.#starts.data[slot] = passage.start;
      this.#ends.data[slot] = passage.end;
      this.#ordinals.data[slot] = ordinal;
      return slot;
    });
    const speakers = kind === 'conversation' ? passages.map((passage) => passage.speaker) : [];
    const document: CorpusDocument = { path, kind, number, slots, speakers, version };
    this.#number(document);
    this.#tree.set(path, document);
    this.#hasChanged();
    return document;
  }

  remove(path: string): void {
    const document = this.get(path);
    if (document === undefined) return;
    for (const slot of document.slots) this.#removeSlot(slot);
    this.#forget(document);
    this.#tree.delete(path);
    this.#hasChanged();
  }

  /** Gives a document another path; its passages, words and ids stay. */
  move(from: string, to: string, version: number): void {
    const document = this.get(from);
    if (document === undefined) return;
    this.remove(to);
    const number = this.#index.moveDocument(document.number, document.slots, nameTerms(to));
    const moved = { ...document, path: to, number, version };
    this.#forget(document);
    this.#number(moved);
    this.#tree.delete(from);
    this.#tree.set(to, moved);
    this.#hasChanged();
  }

  /** Everything it holds, to be written while nothing changes; shares memory with it. */
  sections(): Map<string, Section> {
    const documents = this.under('').map(({ path, kind, number, version, speakers }): SavedDocument => {
      return [path, kind, number, version, speakers.map((speaker) => speaker ?? null)];
    });
    return new Map<string, Section>([
      ...this.#index.sections(),
      ['ids', this.#ids.filled],
      ['starts', this.#starts.filled],
      ['ends', this.#ends.filled],
      ['ordinals', this.#ordinals.filled],
      ['hashes', this.#hashes.filled],
      ['documents', Buffer.from(JSON.stringify(documents))],
    ]);
  }

  /** Takes over what another one gave, whole and verified. This one must be empty. */
  adopt(sections: ReadonlyMap<string, Section>): void {
    this.#index = WordIndex.of(sections);
    this.#ids.adopt(sections.get('ids') as Uint32Array);
    this.#starts.adopt(sections.get('starts') as Uint32Array);
    this.#ends.adopt(sections.get('ends') as Uint32Array);
    this.#ordinals.adopt(sections.get('ordinals') as Uint32Array);
    this.#hashes.adopt(sections.get('hashes') as Float64Array);
    const slots: number[][] = Array.from({ length: this.#index.documentBound }, () => []);
    for (let slot = 0; slot < this.#index.slots; slot++) {
      const number = this.#index.documentOf.at(slot);
      if (number === 0) continue;
      slots[number]![this.#ordinals.at(slot)] = slot;
      this.#slots.set(this.#ids.at(slot), slot);
    }
    const text = Buffer.from(sections.get('documents') as Uint8Array).toString();
    for (const [path, kind, number, version, saved] of JSON.parse(text) as SavedDocument[]) {
      const speakers = saved.map((speaker) => speaker ?? undefined);
      const document: CorpusDocument = { path, kind, number, slots: slots[number]!, speakers, version };
      this.#number(document);
      this.#tree.set(path, document);
    }
    // Who asked while this was being read has been told of an empty one.
    this.#hasChanged();
  }

  /** The documents at or below `within` and not at or below `without`. The empty path is everything. */
  scope(within: readonly string[], without: readonly string[] = []): Scope {
    const key = JSON.stringify([within, without]);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const documents = new Uint8Array(this.#index.documentBound);
    for (const path of within) for (const { number } of this.#tree.under(path)) documents[number] = 1;
    for (const path of without) for (const { number } of this.#tree.under(path)) documents[number] = 0;
    let documentCount = 0;
    let passageCount = 0;
    let length = 0;
    for (let number = 1; number < documents.length; number++) {
      if (documents[number] === 0) continue;
      documentCount++;
      passageCount += this.#index.passagesOf.at(number);
      length += this.#index.documentLength.at(number);
    }
    const scope = { documents, documentCount, passageCount, length };
    if (this.#scopes.size >= REMEMBERED_SCOPES) this.#scopes.clear();
    this.#scopes.set(key, scope);
    return scope;
  }

  /** Ids of all passages. */
  ids(): Iterable<number> {
    return this.#slots.keys();
  }

  /** The same, what was added last first. */
  *idsFromLast(): Iterable<number> {
    for (let slot = this.#index.slots - 1; slot >= 0; slot--) {
      if (this.#index.documentOf.at(slot) !== 0) yield this.#ids.at(slot);
    }
  }

  /** The part of a scope whose documents fit. */
  filtered(scope: Scope, fits: (path: string) => boolean): Scope {
    const documents = new Uint8Array(this.#index.documentBound);
    let [documentCount, passageCount, length] = [0, 0, 0];
    for (let number = 1; number < scope.documents.length; number++) {
      if (scope.documents[number] === 0 || !fits(this.#byNumber[number]!.path)) continue;
      documents[number] = 1;
      documentCount++;
      passageCount += this.#index.passagesOf.at(number);
      length += this.#index.documentLength.at(number);
    }
    return { documents, documentCount, passageCount, length };
  }

  /** Ids of the passages in a scope. */
  *idsIn(scope: Scope): Iterable<number> {
    for (let number = 1; number < scope.documents.length; number++) {
      if (scope.documents[number] === 0) continue;
      for (const slot of this.#byNumber[number]?.slots ?? []) yield this.#ids.at(slot);
    }
  }

  /** The same, one bit per id. */
  bitsOf(scope: Scope): Uint32Array {
    const known = this.#bits.get(scope);
    if (known !== undefined) return known;
    const documents = this.#index.documentOf.filled;
    const ids = this.#ids.filled;
    let last = 0;
    for (let slot = 0; slot < ids.length; slot++) last = Math.max(last, ids[slot]!);
    const bits = new Uint32Array((last >>> 5) + 1);
    for (let slot = 0; slot < ids.length; slot++) {
      if (scope.documents[documents[slot]!] === 1) bits[ids[slot]! >>> 5]! |= 1 << (ids[slot]! & 31);
    }
    this.#bits.set(scope, bits);
    return bits;
  }

  /** Clears removed passages out when they have become many. Numbers and slots change: hold none across this call. */
  compactIfWorthwhile(): boolean {
    const removed = this.#index.removedSlots;
    // Documents without text leave numbers and names behind, and no passages.
    const gone = this.#index.documentBound - 1 - this.documents;
    const crowded =
      (removed > COMPACT_FROM && removed > this.passages) || (gone > COMPACT_FROM && gone > this.documents);
    if (!crowded && this.#index.slots < SLOT_LIMIT - COMPACT_FROM) return false;
    const documents = this.under('');
    const { index, slotMap, documentMap } = this.#index.compacted(documents);
    const [ids, starts, ends, ordinals] = [uint32List(), uint32List(), uint32List(), uint32List()];
    const hashes = float64List();
    for (let slot = 0; slot < this.#index.slots; slot++) {
      if (this.#index.documentOf.at(slot) === 0) continue;
      ids.push(this.#ids.at(slot));
      starts.push(this.#starts.at(slot));
      ends.push(this.#ends.at(slot));
      ordinals.push(this.#ordinals.at(slot));
      hashes.push(this.#hashes.at(slot));
      this.#slots.set(this.#ids.at(slot), slotMap[slot]!);
    }
    this.#ids = ids;
    this.#starts = starts;
    this.#ends = ends;
    this.#ordinals = ordinals;
    this.#hashes = hashes;
    this.#index = index;
    this.#byNumber = [undefined];
    this.#conversations.clear();
    for (const document of documents) {
      const moved = {
        ...document,
        number: documentMap[document.number]!,
        slots: document.slots.map((slot) => slotMap[slot]!),
      };
      this.#number(moved);
      this.#tree.set(moved.path, moved);
    }
    this.#hasChanged();
    return true;
  }

  #hasChanged(): void {
    this.#scopes.clear();
    this.#revision++;
  }

  #number(document: CorpusDocument): void {
    this.#byNumber[document.number] = document;
    if (document.kind === 'conversation') this.#conversations.add(document.number);
    else this.#conversations.delete(document.number);
  }

  #forget({ number }: CorpusDocument): void {
    this.#byNumber[number] = undefined;
    this.#conversations.delete(number);
  }

  #addSlot(number: number, passage: CorpusPassage): number {
    const slot = this.#index.addPassage(number, passage.terms);
    this.#ids.push(passage.id);
    this.#starts.push(passage.start);
    this.#ends.push(passage.end);
    this.#ordinals.push(0);
    this.#hashes.push(passage.hash);
    this.#slots.set(passage.id, slot);
    return slot;
  }

  #removeSlot(slot: number): void {
    this.#index.removePassage(slot);
    this.#slots.delete(this.#ids.at(slot));
  }
}

/** Words of a file's own name, and of the directories above it. The account, first of the path, is nobody's topic. */
function nameTerms(path: string): [string[], string[]] {
  const parts = path.split('/');
  return [tokenize(parts.at(-1) ?? ''), tokenize(parts.slice(1, -1).join(' '))];
}
