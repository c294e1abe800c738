import { stemmer } from 'stemmer';
import { IRREGULAR_FORMS } from './irregular-forms.ts';
import { STOP_WORDS } from './stop-words.ts';
import { HASH_SEED, hashOf, hashWith, WordTable } from './word-table.ts';

/** Longer runs are encoded data, not words; they are cut, so that equal ones still match. */
const WORD_MAX_CHARS = 80;
/**
 * Words repeat (Zipf), so the terms of a word are computed once. Two generations: what is asked for moves to the younger,
 * and the older goes when that is full, so frequent words stay whatever rare ones come by.
 */
const CACHE_MAX_WORDS = 60_000;
/** Runs of unspaced script longer than this are clauses, which do not repeat. */
const CACHE_MAX_RUN_CHARS = 16;
/** Finding words takes time that grows with the square of a run (87,000 characters: 5.8 s), so it is done in windows. */
const WINDOW_CHARS = 1_000;
/** Words at the end of a window that may be cut, or read otherwise for want of what follows: found again in the next. */
const WINDOW_SPARE_WORDS = 4;

/** What a character of ASCII is: part of a word, and a letter, which may follow an apostrophe in one. */
const IN_WORD = 1;
const LETTER = 2;
const ASCII = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return (/\w/.test(character) ? IN_WORD : 0) | (/[A-Za-z]/.test(character) ? LETTER : 0);
});
const ASCII_END = 128;
/** From so many characters on a substring is a view. */
const VIEW_CHARS = 13;
const APOSTROPHE = 39;

const WORD = /[\p{L}\p{N}\p{M}_]+(?:['’]\p{L}+)*/gu;
/** Scripts written without spaces, which need a dictionary to find words in. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** What an apostrophe hangs on an English word: possessive or a shortened auxiliary. */
const CLITIC = /['’](?:s|t|re|ve|ll|d|m)$/i;
const INNER_CAPITAL = /[\p{Ll}\p{N}]\p{Lu}|\p{Lu}\p{Lu}\p{Ll}/u;
const AT_CAPITAL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
const SEPARATORS = /[_'’]+/;
const PLAIN = /^[a-z]+$/;
const NUMBER = /^\p{N}+$/u;

/** What is known of a word as it stands in a text. */
export interface Word {
  /** Index terms: stems of the parts, and of the whole when it has parts. */
  readonly terms: readonly string[];
  /** Lower-case words as written, parts of identifiers apart; no stop words. */
  readonly surface: readonly string[];
  /** The stem of each of `surface`. */
  readonly stems: readonly string[];
}

/** The words of a text in order, by their numbers in a table that lasts as long as somebody has it. */
export interface WordRun {
  readonly table: WordTable<Word>;
  readonly numbers: Uint32Array;
}

let young = new WordTable<Word>();
let old = new WordTable<Word>();
/** Numbers of the text at hand. */
let numbers = new Uint32Array(1_024);
let count = 0;
let segmenter: Intl.Segmenter | undefined;

/**
 * The index terms of a text, in order: NFKC, lower case, possessives dropped, camelCase and snake_case split (the whole
 * identifier is kept besides), stop words out, irregular forms mapped to their base, Porter-stemmed; words of Chinese,
 * Japanese and other unspaced scripts by `Intl.Segmenter`. Documents and queries go through the same function.
 * Stop words and stems are worth 9 points of recall@10 on conversations over bare words (LoCoMo).
 */
export function tokenize(text: string): string[] {
  const terms: string[] = [];
  for (const { terms: own } of wordsOf(text)) for (let at = 0; at < own.length; at++) terms.push(own[at]!);
  return terms;
}

/**
 * The words of a text as people write them: lower case, not stemmed, identifiers as their parts, without stop words,
 * single letters and bare numbers. `stem` tells which of them are forms of one word.
 */
export function surfaceWords(text: string): string[] {
  const surface: string[] = [];
  for (const word of wordsOf(text)) surface.push(...word.surface);
  return surface;
}

/** The term a lower-case word is indexed under. Words with digits or outside a-z are left as they are. */
export function stem(word: string): string {
  const base = IRREGULAR_FORMS.get(word) ?? word;
  return base.length > 2 && PLAIN.test(base) ? stemmer(base) : base;
}

/** The words of a text in order. */
export function wordRun(text: string): WordRun {
  if (young.size >= CACHE_MAX_WORDS) {
    old = young;
    young = new WordTable();
  }
  count = 0;
  if (!readAscii(text)) {
    count = 0;
    for (const raw of text.normalize('NFKC').match(WORD) ?? []) push(numberOf(raw, hashOf(raw)));
  }
  return { table: young, numbers: numbers.slice(0, count) };
}

/** The same, with what each is indexed under and how it is shown. */
export function wordsOf(text: string): readonly Word[] {
  const run = wordRun(text);
  return Array.from(run.numbers, (number) => run.table.at(number));
}

function push(number: number): void {
  if (count === numbers.length) {
    const larger = new Uint32Array(count * 2);
    larger.set(numbers);
    numbers = larger;
  }
  numbers[count++] = number;
}

/**
 * Reads a text of ASCII: letters, digits and underscores, then any number of an apostrophe with letters. Cut into no
 * strings, where a regular expression makes one of every word. Returns false for a text that has anything else.
 */
function readAscii(text: string): boolean {
  const { length } = text;
  const table = young;
  for (let at = 0; at < length; ) {
    const start = at;
    let hash = HASH_SEED;
    let code = text.charCodeAt(at);
    while ((ASCII[code]! & IN_WORD) !== 0) {
      hash = hashWith(hash, code);
      code = ++at < length ? text.charCodeAt(at) : 0;
    }
    if (at === start) {
      if (code >= ASCII_END) return false;
      at++;
      continue;
    }
    while (code === APOSTROPHE && at + 1 < length && (ASCII[text.charCodeAt(at + 1)]! & LETTER) !== 0) {
      do {
        hash = hashWith(hash, code);
        code = ++at < length ? text.charCodeAt(at) : 0;
      } while ((ASCII[code]! & LETTER) !== 0);
    }
    const known = table.find(text, start, at - start, hash);
    push(known === -1 ? numberOf(text.slice(start, at), hash) : known);
  }
  return true;
}

function numberOf(raw: string, hash: number): number {
  const known = young.find(raw, 0, raw.length, hash);
  if (known !== -1) return known;
  const before = old.find(raw, 0, raw.length, hash);
  if (before !== -1) return young.add(raw, hash, old.at(before));
  const isUnspaced = UNSPACED.test(raw);
  const word = isUnspaced ? unspacedWord(raw) : spacedWord(raw);
  const repeats = raw.length <= (isUnspaced ? CACHE_MAX_RUN_CHARS : WORD_MAX_CHARS);
  return repeats ? young.add(raw, hash, word) : young.append(word);
}

function spacedWord(raw: string): Word {
  if (raw.length > WORD_MAX_CHARS) return wordWith([raw.slice(0, WORD_MAX_CHARS).toLowerCase()], [], []);
  const bare = raw.replace(CLITIC, '');
  const parts = bare.split(SEPARATORS).flatMap(capitalParts);
  const terms = parts.flatMap((part) => termOf(part.toLowerCase()));
  if (parts.length > 1) terms.push(...termOf(bare.replace(/^_+|_+$/g, '').toLowerCase()));
  const surface = parts.map((part) => part.toLowerCase()).filter(isSurface);
  return wordWith(terms, surface, surface.map(stem));
}

/** Equal lists are one list: most words are one term, and many are their own stem. */
function wordWith(terms: readonly string[], surface: readonly string[], stems: readonly string[]): Word {
  const indexed = terms.map(ownText);
  const own = isSame(terms, stems) ? indexed : stems.map(ownText);
  return { terms: indexed, surface: isSame(surface, stems) ? own : surface.map(ownText), stems: own };
}

/** A copy that keeps no longer text alive: V8 makes a longer substring a view of the text it is from. */
function ownText(text: string): string {
  return text.length < VIEW_CHARS ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}

/** `fooBarHTTPServer` → `foo Bar HTTP Server`. */
function capitalParts(word: string): string[] {
  if (word === '') return [];
  return INNER_CAPITAL.test(word) ? word.split(AT_CAPITAL) : [word];
}

function termOf(word: string): string[] {
  return isStop(word) ? [] : [stem(word)];
}

function isStop(word: string): boolean {
  return STOP_WORDS.has(word) || (word.length === 1 && word >= 'a' && word <= 'z');
}

function isSurface(word: string): boolean {
  return word.length > 1 && !STOP_WORDS.has(word) && !NUMBER.test(word);
}

/** A run that holds unspaced script: its words, and what else is in it (Latin letters, digits) as words of their own. */
function unspacedWord(run: string): Word {
  const terms: string[] = [];
  const surface: string[] = [];
  const stems: string[] = [];
  for (const segment of wordsIn(run)) {
    const whole = [segment];
    const word = UNSPACED.test(segment)
      ? { terms: whole, surface: whole, stems: whole }
      : spacedWord(segment);
    terms.push(...word.terms);
    surface.push(...word.surface);
    stems.push(...word.stems);
  }
  return wordWith(terms, surface, stems);
}

function* wordsIn(run: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('zh', { granularity: 'word' });
  for (let from = 0; from < run.length; ) {
    const isLast = from + WINDOW_CHARS >= run.length;
    const found = [...segmenter.segment(run.slice(from, from + WINDOW_CHARS))];
    // A single word can fill a window: a long run of letters inside of unspaced script.
    const kept = isLast ? found : found.slice(0, Math.max(1, found.length - WINDOW_SPARE_WORDS));
    for (const { segment, isWordLike } of kept) if (isWordLike === true) yield segment;
    const last = kept.at(-1)!;
    from += last.index + last.segment.length;
  }
}
