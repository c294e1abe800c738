import type { Corpus, CorpusDocument } from './corpus.ts';
import { type LexicalScores, lexicalScores } from './words/bm25.ts';
import type { LexicalQuery } from './words/query.ts';
import type { Scope } from './words/scope.ts';

/** Weights of the evidence for a passage; words of its own count 1. */
const PARENT = 0.5;
const NAME = 0.3;
const EXACT_NAME = 1;
/** Messages next to a matching message, by distance: what is asked about is often answered a line later. */
const NEIGHBOURS = [0.4, 0.2];
const NAMED_SPEAKER = 1.15;

/** A passage, or a document that only its name speaks for. */
export interface Ranked {
  readonly document: CorpusDocument;
  /** Undefined for a document without passages. */
  readonly slot: number | undefined;
  /** All evidence, at most about 1.8 (2.8 with an exact name); comparable within one query. */
  score: number;
  /** Share of the score that the name brought. */
  readonly name: number;
}

/** All that has a word of the query, unordered: BM25 of the passage, of its file, neighbours and names. */
export function rankWords(query: LexicalQuery, text: string, corpus: Corpus, scope: Scope): Ranked[] {
  const scores = lexicalScores(query, corpus.index, scope);
  const slots = withNeighbours(scores, query, corpus);
  const topPassage = highest(slots, scores.passage);
  const topDocument = highest(scores.documents, scores.document);
  const asked = askedNames(text);
  const ranked: Ranked[] = [];
  const exact = new Map<number, number>();
  for (const number of scores.named) {
    const document = corpus.documentAt(number)!;
    const bonus =
      asked.has(baseName(document.path)) || asked.has(document.path.toLowerCase()) ? EXACT_NAME : 0;
    exact.set(number, NAME * scores.name[number]! + bonus);
    // Without a matching passage the name alone speaks for the first one.
    const slot = document.slots[0];
    if (slot === undefined || scores.document[number] === 0) {
      ranked.push({ document, slot, score: exact.get(number)!, name: exact.get(number)! });
    }
  }
  for (const slot of slots) {
    const number = corpus.index.documentOf.at(slot);
    const name = exact.get(number) ?? 0;
    const own = scores.passage[slot]! / topPassage;
    const parent = topDocument === 0 ? 0 : scores.document[number]! / topDocument;
    ranked.push({ document: corpus.documentAt(number)!, slot, score: own + PARENT * parent + name, name });
  }
  return ranked;
}

/** Adds to each message what its neighbours scored; messages that only a neighbour speaks for join the list. */
function withNeighbours(scores: LexicalScores, query: LexicalQuery, corpus: Corpus): readonly number[] {
  const conversations = scores.documents.filter(
    (number) => corpus.documentAt(number)!.kind === 'conversation',
  );
  if (conversations.length === 0) return scores.slots;
  const slots = new Set(scores.slots);
  const words = new Set(query.terms.map((term) => term.word));
  for (const number of conversations) {
    const { slots: messages, speakers } = corpus.documentAt(number)!;
    const own = messages.map((slot) => scores.passage[slot]!);
    messages.forEach((slot, at) => {
      let sum = own[at]!;
      NEIGHBOURS.forEach((weight, index) => {
        sum += weight * ((own[at - index - 1] ?? 0) + (own[at + index + 1] ?? 0));
      });
      if (sum === 0) return;
      const isNamed = speakers[at] !== undefined && words.has(speakers[at]);
      scores.passage[slot] = isNamed ? sum * NAMED_SPEAKER : sum;
      slots.add(slot);
    });
  }
  return [...slots];
}

function highest(keys: readonly number[], values: Float64Array): number {
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
