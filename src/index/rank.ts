import type { IndexRoute } from './contract.ts';
import type { Corpus, CorpusDocument } from './corpus.ts';
import { directoryRoutes } from './routes.ts';
import { type LexicalScores, lexicalScores } from './words/bm25.ts';
import type { LexicalQuery } from './words/query.ts';
import type { Scope } from './words/scope.ts';
import { scoring } from './words/score-terms.ts';

/** Weights of the evidence for a passage; words of its own count 1. */
const PARENT = 0.5;
/** What the directory a file is in adds, when it was entered: 1 point of recall@10 on a tree of 400 documents. */
const ROUTE = 0.15;
const NAME = 0.3;
const EXACT_NAME = 2;
/**
 * What a message gets of those one and two before it, and after it: what is asked about is often answered a line later,
 * so the message before says more. This and the next two tuned on three conversations of LoCoMo, checked on two others.
 */
const BEFORE = [0.5, 0.2];
const AFTER = [0.3, 0.1];
/** A name in a question about a conversation is mostly of who said it, not of who was spoken to. */
const NAMED_SPEAKER = 1.5;
/** A message with all of the question is worth so much more than its words one by one (abstracts lose by it). */
const COVERAGE = 0.3;
/** More than sums of a few numbers near 1 differ by the order in which they are added. */
const ROUNDING = 1e-9;

/** Memory of one question, used again by the next. */
let memory = { best: new Uint32Array(), numbers: new Uint32Array() };

/** A passage, or a document that only its name speaks for. */
export interface Ranked {
  readonly document: CorpusDocument;
  /** Undefined for a document without passages. */
  readonly slot: number | undefined;
  /** All evidence, at most about 1.8, and 2 more with an exact name; comparable within one query. */
  readonly score: number;
  /** Share of the score that the name brought. */
  readonly name: number;
}

export interface RankOptions {
  readonly text: string;
  /** Most entries to answer. */
  readonly keep: number;
  /** The best passage of each document only, so that a long document does not crowd out the others. */
  readonly bestOnly: boolean;
  /** Where the search began, for the routes. */
  readonly within: readonly string[];
  /** Routes add nothing. */
  readonly flat?: boolean;
}

export interface Ranking {
  readonly entries: Ranked[];
  readonly routes: readonly IndexRoute[];
}

/** The best of all that has a word of the query, in order: BM25 of the passage, of its file, neighbours and names. */
export function rankWords(query: LexicalQuery, corpus: Corpus, scope: Scope, options: RankOptions): Ranking {
  const scores = lexicalScores(query, corpus.index, scope, { shares: corpus.hasConversations });
  const slots = withNeighbours(scores, query, corpus);
  const topPassage = highest(slots, scores.passage);
  const topDocument = highest(scores.documents, scores.document);
  const names = nameEvidence(scores, corpus, options.text);
  const routes = directoryRoutes(scores, query, corpus, options.within);
  const top = new Top(options.keep, corpus);
  const route = options.flat === true ? 0 : ROUTE;
  // What a passage can have at most besides its words: most have too few to be looked at further.
  let bonus = route + ROUNDING;
  for (const evidence of names.values()) bonus = Math.max(bonus, route + ROUNDING + evidence);
  const offer = (slot: number, number: number): void => {
    const own = scores.passage[slot]! / topPassage + (PARENT * scores.document[number]!) / topDocument;
    if (own + bonus < top.floor) return;
    top.offer(own + route * (routes.scores.get(number) ?? 0) + (names.get(number) ?? 0), slot, number);
  };

  for (const [number, evidence] of names) {
    // Without a matching passage the name alone speaks for the first one.
    if (scores.document[number] === 0) top.offer(evidence, corpus.documentAt(number)!.slots[0], number);
  }
  if (options.bestOnly) {
    const { best, numbers } = bestSlots(slots, scores, corpus);
    for (const number of numbers) offer(best[number]! - 1, number);
  } else {
    for (const slot of slots) offer(slot, corpus.index.documentOf.at(slot));
  }
  const entries = top.sorted().map(({ score, slot, number }) => {
    return { score, slot, document: corpus.documentAt(number)!, name: names.get(number) ?? 0 };
  });
  return { entries, routes: routes.list };
}

/** Of each document the passage that scores most: by its number the slot and 1, so that 0 is none. */
function bestSlots(
  slots: Uint32Array,
  { passage }: LexicalScores,
  corpus: Corpus,
): { readonly best: Uint32Array; readonly numbers: Uint32Array } {
  const bound = corpus.index.documentBound;
  if (memory.best.length < bound) {
    memory = {
      best: new Uint32Array(Math.ceil(bound * 1.1)),
      numbers: new Uint32Array(Math.ceil(bound * 1.1)),
    };
  }
  const { best, numbers } = memory;
  best.fill(0, 0, bound);
  const documentOf = corpus.index.documentOf.data;
  const count = scoring.bestSlots(slots, passage, documentOf, corpus.ordinals, best, numbers);
  return { best, numbers: numbers.subarray(0, count) };
}

/** Evidence of names by document number. A document asked for by its exact name comes first. */
function nameEvidence(scores: LexicalScores, corpus: Corpus, text: string): Map<number, number> {
  const asked = askedNames(text);
  const evidence = new Map<number, number>();
  for (const number of scores.named) {
    const { path } = corpus.documentAt(number)!;
    const isExact = asked.has(baseName(path)) || asked.has(path.toLowerCase());
    evidence.set(number, NAME * scores.name[number]! + (isExact ? EXACT_NAME : 0));
  }
  return evidence;
}

interface Entry {
  readonly score: number;
  readonly slot: number | undefined;
  readonly number: number;
}

/** Keeps the best `size` of what it is offered; equals by path, then by place in the document. */
class Top {
  readonly #size: number;
  readonly #corpus: Corpus;
  #entries: Entry[] = [];
  #floor = Number.NEGATIVE_INFINITY;

  constructor(size: number, corpus: Corpus) {
    this.#size = size;
    this.#corpus = corpus;
  }

  /** Less than this is not among the best. */
  get floor(): number {
    return this.#floor;
  }

  offer(score: number, slot: number | undefined, number: number): void {
    if (score < this.#floor) return;
    this.#entries.push({ score, slot, number });
    if (this.#entries.length >= this.#size * 4) this.#cut();
  }

  sorted(): readonly Entry[] {
    this.#cut();
    return this.#entries;
  }

  #cut(): void {
    this.#entries.sort((a, b) => b.score - a.score || this.#tie(a, b));
    this.#entries.length = Math.min(this.#entries.length, this.#size);
    if (this.#entries.length === this.#size) this.#floor = this.#entries.at(-1)!.score;
  }

  #tie(a: Entry, b: Entry): number {
    const [pathA, pathB] = [this.#corpus.documentAt(a.number)!.path, this.#corpus.documentAt(b.number)!.path];
    if (pathA !== pathB) return pathA < pathB ? -1 : 1;
    return this.#place(a) - this.#place(b);
  }

  #place({ slot }: Entry): number {
    return slot === undefined ? 0 : this.#corpus.ordinalOf(slot);
  }
}

/** Adds to each message what its neighbours scored; messages that only a neighbour speaks for join the list. */
function withNeighbours(scores: LexicalScores, query: LexicalQuery, corpus: Corpus): Uint32Array {
  const conversations = corpus.conversationsAmong(scores.documents);
  if (conversations.length === 0) return scores.slots;
  const slots = new Set(scores.slots);
  const words = new Set(query.terms.map((term) => term.word));
  for (const number of conversations) {
    const { slots: messages, speakers } = corpus.documentAt(number)!;
    const own = messages.map((slot) => scores.passage[slot]! * (1 + COVERAGE * scores.share[slot]!));
    messages.forEach((slot, at) => {
      let sum = own[at]!;
      BEFORE.forEach((weight, index) => {
        sum += weight * (own[at - index - 1] ?? 0);
      });
      AFTER.forEach((weight, index) => {
        sum += weight * (own[at + index + 1] ?? 0);
      });
      if (sum === 0) return;
      const isNamed = speakers[at] !== undefined && words.has(speakers[at]);
      scores.passage[slot] = isNamed ? sum * NAMED_SPEAKER : sum;
      slots.add(slot);
    });
  }
  return Uint32Array.from(slots);
}

function highest(keys: Uint32Array, values: Float64Array): number {
  let top = 0;
  for (const key of keys) if (values[key]! > top) top = values[key]!;
  return top === 0 ? 1 : top;
}

/** What in the query could be the name of a file: the whole of it, and each word of it. */
function askedNames(text: string): Set<string> {
  const whole = text.trim().toLowerCase();
  const words = whole.split(/[\s"'`()<>,;]+/).map((word) => word.replace(/[.?!:]+$/, ''));
  return new Set([whole, ...words.flatMap((word) => [word, word.slice(word.lastIndexOf('/') + 1)])]);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}
