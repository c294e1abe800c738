import type { WordRun } from '../../base/text/tokenize.ts';
import type { Section } from '../snapshot/section-file.ts';
import { type NumberList, uint32List } from './lists.ts';
import { type PostingList, type PostingParts, Postings } from './postings.ts';
import { TermLists } from './term-lists.ts';
import { Vocabulary } from './vocabulary.ts';

/** A posting holds the passage's slot in 24 bits and how often the term occurs in 8. */
const COUNT_BITS = 8;
const COUNT_MAX = 255;
export const SLOT_LIMIT = 2 ** 24;

/** Document number of a passage that was removed. No document has it, and no scope contains it. */
const REMOVED = 0;

/**
 * Which words are in which passages, in memory. Removing only marks: every number of a query (document frequency,
 * lengths) is counted over what lives and is in scope at that moment, so an index that was edited a thousand times
 * answers exactly like one built anew.
 */
export class WordIndex {
  readonly vocabulary: Vocabulary;
  readonly #passages = new Postings();
  readonly #names = new Postings();
  /** Of each passage slot. */
  readonly documentOf: NumberList<Uint32Array> = uint32List();
  /** Terms of each passage. */
  readonly lengthOf: NumberList<Uint32Array> = uint32List();
  /** Terms of each document: those of its living passages. */
  readonly documentLength: NumberList<Uint32Array> = uint32List();
  /** Living passages of each document. */
  readonly passagesOf: NumberList<Uint32Array> = uint32List();
  readonly #lists = new TermLists();
  #removed = 0;
  #scratch: Uint32Array = new Uint32Array(1024);
  #numbers = new Uint32Array(1024);
  #counts = new Uint32Array(1024);

  constructor(vocabulary = new Vocabulary()) {
    this.vocabulary = vocabulary;
    this.documentLength.push(0);
    this.passagesOf.push(0);
  }

  get slots(): number {
    return this.documentOf.length;
  }

  get removedSlots(): number {
    return this.#removed;
  }

  /** Documents ever added, and one: the bound of document numbers. */
  get documentBound(): number {
    return this.documentLength.length;
  }

  /** Number of a new document, from 1 on. `fileTerms` are of its own name, `directoryTerms` of those above it. */
  addDocument(fileTerms: readonly string[], directoryTerms: readonly string[]): number {
    const document = this.documentLength.push(0);
    this.passagesOf.push(0);
    const own = new Set(fileTerms);
    for (const term of own) this.#names.push(this.vocabulary.add(term), document * 2);
    for (const term of new Set(directoryTerms)) {
      if (!own.has(term)) this.#names.push(this.vocabulary.add(term), document * 2 + 1);
    }
    return document;
  }

  /** A new number for a document that got another name; its passages go with it. */
  moveDocument(
    from: number,
    slots: readonly number[],
    [fileTerms, directoryTerms]: readonly [readonly string[], readonly string[]],
  ): number {
    const to = this.addDocument(fileTerms, directoryTerms);
    for (const slot of slots) this.documentOf.data[slot] = to;
    this.documentLength.data[to] = this.documentLength.at(from);
    this.passagesOf.data[to] = this.passagesOf.at(from);
    this.documentLength.data[from] = 0;
    this.passagesOf.data[from] = 0;
    return to;
  }

  /** Slot of the new passage. Slots grow, and are not used again before `compacted`. */
  addPassage(document: number, terms: readonly string[] | WordRun): number {
    const slot = this.documentOf.push(document);
    const length = this.#number(terms);
    this.lengthOf.push(length);
    this.documentLength.data[document] = this.documentLength.at(document) + length;
    this.passagesOf.data[document] = this.passagesOf.at(document) + 1;
    const count = this.#distinct(length);
    for (let at = 0; at < count; at++) {
      this.#passages.push(this.#numbers[at]!, pack(slot, Math.min(this.#counts[at]!, COUNT_MAX)));
    }
    this.#lists.push(this.#numbers, this.#counts, count);
    return slot;
  }

  /** Visits the distinct terms of a passage, removed or not, and how often it has them. */
  forEachTerm(slot: number, visit: (term: number, count: number) => void): void {
    this.#lists.forEach(slot, visit);
  }

  /** Puts the numbers of all terms into `#numbers`; returns how many they are. */
  #number(terms: readonly string[] | WordRun): number {
    let count = 0;
    const push = (number: number): void => {
      if (count === this.#numbers.length) {
        const larger = new Uint32Array(count * 2);
        larger.set(this.#numbers);
        this.#numbers = larger;
        this.#counts = new Uint32Array(count * 2);
      }
      this.#numbers[count++] = number;
    };
    if ('table' in terms) this.vocabulary.addRun(terms, push);
    else for (const term of terms) push(this.vocabulary.add(term));
    return count;
  }

  /** Keeps of the first `length` of `#numbers` the distinct ones, ascending, and puts their counts into `#counts`. */
  #distinct(length: number): number {
    const numbers = this.#numbers.subarray(0, length);
    numbers.sort();
    let count = 0;
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at]!;
      if (count > 0 && this.#numbers[count - 1] === number) this.#counts[count - 1]!++;
      else {
        this.#numbers[count] = number;
        this.#counts[count++] = 1;
      }
    }
    return count;
  }

  removePassage(slot: number): void {
    const document = this.documentOf.at(slot);
    if (document === REMOVED) return;
    this.documentLength.data[document] = this.documentLength.at(document) - this.lengthOf.at(slot);
    this.passagesOf.data[document] = this.passagesOf.at(document) - 1;
    this.documentOf.data[slot] = REMOVED;
    this.#removed++;
  }

  /** Where the postings of a term are, in scope or not, until a passage is added. */
  postings(term: number): PostingList {
    return this.#passages.list(term);
  }

  /** Terms of all passages, until one is added. */
  get termLists(): { readonly bytes: Uint8Array; readonly starts: Uint32Array } {
    return this.#lists.parts;
  }

  /**
   * Occurrences of a term in passages of documents in `scope` (one byte a document): packed slots, valid until the
   * next call.
   */
  occurrences(term: number, scope: Uint8Array): { readonly values: Uint32Array; readonly count: number } {
    const { values, count } = this.#passages.read(term, this.#scratch);
    this.#scratch = values;
    let kept = 0;
    for (let at = 0; at < count; at++) {
      const value = values[at]!;
      if (scope[this.documentOf.data[value >>> COUNT_BITS]!] === 1) values[kept++] = value;
    }
    return { values, count: kept };
  }

  /** Documents in `scope` that have a term in their name: number × 2, plus 1 when only in a directory's name. */
  named(term: number, scope: Uint8Array): { readonly values: Uint32Array; readonly count: number } {
    const { values, count } = this.#names.read(term, this.#scratch);
    this.#scratch = values;
    let kept = 0;
    for (let at = 0; at < count; at++) {
      if (scope[values[at]! >>> 1] === 1) values[kept++] = values[at]!;
    }
    return { values, count: kept };
  }

  /** Everything it holds, for `adopt`; shares memory with it. */
  sections(): Map<string, Section> {
    return new Map<string, Section>([
      ['words', this.vocabulary.bytes()],
      ...Object.entries(this.#passages.parts).map(([name, part]) => [`passages.${name}`, part] as const),
      ...Object.entries(this.#names.parts).map(([name, part]) => [`names.${name}`, part] as const),
      ...Object.entries(this.#lists.parts).map(([name, part]) => [`lists.${name}`, part] as const),
      ['documentOf', this.documentOf.filled],
      ['lengthOf', this.lengthOf.filled],
      ['documentLength', this.documentLength.filled],
      ['passagesOf', this.passagesOf.filled],
    ]);
  }

  /** An index of sections that another one gave, whole and verified. */
  static of(sections: ReadonlyMap<string, Section>): WordIndex {
    const numbers = (name: string): Uint32Array => sections.get(name) as Uint32Array;
    const bytes = (name: string): Uint8Array => sections.get(name) as Uint8Array;
    const postings = (name: string): PostingParts => ({
      arena: numbers(`${name}.arena`),
      head: numbers(`${name}.head`),
      tail: numbers(`${name}.tail`),
      count: numbers(`${name}.count`),
    });
    const index = new WordIndex(Vocabulary.of(bytes('words')));
    index.#passages.adopt(postings('passages'));
    index.#names.adopt(postings('names'));
    index.#lists.adopt({ bytes: bytes('lists.bytes'), starts: numbers('lists.starts') });
    index.documentOf.adopt(numbers('documentOf'));
    index.lengthOf.adopt(numbers('lengthOf'));
    index.documentLength.adopt(numbers('documentLength'));
    index.passagesOf.adopt(numbers('passagesOf'));
    for (const document of index.documentOf.data) if (document === REMOVED) index.#removed++;
    return index;
  }

  /** A copy without removed passages and unused words; `slotOf(old)` and `documentOf(old)` map into it. */
  compacted(documents: readonly { readonly number: number }[]): Compaction {
    const index = new WordIndex();
    const documentMap = new Uint32Array(this.documentBound);
    for (const { number } of documents) {
      documentMap[number] = index.documentLength.push(this.documentLength.at(number));
      index.passagesOf.push(this.passagesOf.at(number));
    }
    const slotMap = new Uint32Array(this.slots);
    for (let slot = 0; slot < this.slots; slot++) {
      const document = this.documentOf.at(slot);
      if (document === REMOVED) continue;
      slotMap[slot] = index.#copyPassage(this, slot, documentMap[document]!);
    }
    for (let term = 0; term < this.vocabulary.size; term++) {
      const { values, count } = this.#names.read(term, this.#scratch);
      this.#scratch = values;
      for (let at = 0; at < count; at++) {
        const document = documentMap[values[at]! >>> 1]!;
        if (document === 0) continue;
        index.#names.push(index.vocabulary.add(this.vocabulary.word(term)), document * 2 + (values[at]! & 1));
      }
    }
    return { index, slotMap, documentMap };
  }

  #copyPassage(from: WordIndex, slot: number, document: number): number {
    const terms: string[] = [];
    from.forEachTerm(slot, (term, count) => {
      for (let at = 0; at < count; at++) terms.push(from.vocabulary.word(term));
    });
    const length = [this.documentLength.at(document), this.passagesOf.at(document)] as const;
    const copy = this.addPassage(document, terms);
    [this.documentLength.data[document], this.passagesOf.data[document]] = length;
    return copy;
  }
}

export interface Compaction {
  readonly index: WordIndex;
  readonly slotMap: Uint32Array;
  readonly documentMap: Uint32Array;
}

function pack(slot: number, count: number): number {
  return ((slot << COUNT_BITS) | count) >>> 0;
}

export function slotIn(posting: number): number {
  return posting >>> COUNT_BITS;
}

export function countIn(posting: number): number {
  return posting & COUNT_MAX;
}
