import { stemmer } from 'stemmer';
import { IRREGULAR_FORMS } from './irregular-forms.ts';
import { STOP_WORDS } from './stop-words.ts';

/** Longer runs are encoded data, not words; they are cut, so that equal ones still match. */
const WORD_MAX_CHARS = 80;
/**
 * Words repeat (Zipf), so the terms of a word are computed once. Two generations: what is asked for moves to the younger,
 * and the older goes when that is full, so frequent words stay whatever rare ones come by.
 */
const CACHE_MAX_WORDS = 40_000;
/** Runs of unspaced script longer than this are clauses, which do not repeat. */
const CACHE_MAX_RUN_CHARS = 16;
/** Finding words takes time that grows with the square of a run (87,000 characters: 5.8 s), so it is done in windows. */
const WINDOW_CHARS = 1_000;
/** Words at the end of a window that may be cut, or read otherwise for want of what follows: found again in the next. */
const WINDOW_SPARE_WORDS = 4;

const ASCII_WORD = /[A-Za-z0-9_]+(?:'[A-Za-z]+)*/g;
const WORD = /[\p{L}\p{N}\p{M}_]+(?:['’]\p{L}+)*/gu;
const NOT_ASCII = /[\u0080-\uffff]/;
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

interface Word {
  /** Index terms: stems of the parts, and of the whole when it has parts. */
  readonly terms: readonly string[];
  /** Lower-case words as written, parts of identifiers apart; no stop words. */
  readonly surface: readonly string[];
}

let young = new Map<string, Word>();
let old = new Map<string, Word>();
let segmenter: Intl.Segmenter | undefined;

/**
 * The index terms of a text, in order: NFKC, lower case, possessives dropped, camelCase and snake_case split (the whole
 * identifier is kept besides), stop words out, irregular forms mapped to their base, Porter-stemmed; words of Chinese,
 * Japanese and other unspaced scripts by `Intl.Segmenter`. Documents and queries go through the same function.
 * Stop words and stems are worth 9 points of recall@10 on conversations over bare words (LoCoMo).
 */
export function tokenize(text: string): string[] {
  const terms: string[] = [];
  for (const raw of runs(text)) for (const term of wordOf(raw).terms) terms.push(term);
  return terms;
}

/**
 * The words of a text as people write them: lower case, not stemmed, identifiers as their parts, without stop words,
 * single letters and bare numbers. `stem` tells which of them are forms of one word.
 */
export function surfaceWords(text: string): string[] {
  const surface: string[] = [];
  for (const raw of runs(text)) for (const part of wordOf(raw).surface) surface.push(part);
  return surface;
}

/** The term a lower-case word is indexed under. Words with digits or outside a-z are left as they are. */
export function stem(word: string): string {
  const base = IRREGULAR_FORMS.get(word) ?? word;
  return base.length > 2 && PLAIN.test(base) ? stemmer(base) : base;
}

function runs(text: string): readonly string[] {
  if (!NOT_ASCII.test(text)) return text.match(ASCII_WORD) ?? [];
  return text.normalize('NFKC').match(WORD) ?? [];
}

function wordOf(raw: string): Word {
  const known = young.get(raw);
  if (known !== undefined) return known;
  const remembered = old.get(raw);
  if (remembered !== undefined) return remember(raw, remembered);
  const isUnspaced = UNSPACED.test(raw);
  const word = isUnspaced ? unspacedWord(raw) : spacedWord(raw);
  return !isUnspaced || raw.length <= CACHE_MAX_RUN_CHARS ? remember(raw, word) : word;
}

function remember(raw: string, word: Word): Word {
  if (young.size >= CACHE_MAX_WORDS) {
    old = young;
    young = new Map();
  }
  young.set(raw, word);
  return word;
}

function spacedWord(raw: string): Word {
  if (raw.length > WORD_MAX_CHARS)
    return { terms: [raw.slice(0, WORD_MAX_CHARS).toLowerCase()], surface: [] };
  const bare = raw.replace(CLITIC, '');
  const parts = bare.split(SEPARATORS).flatMap(capitalParts);
  const terms = parts.flatMap((part) => termOf(part.toLowerCase()));
  if (parts.length > 1) terms.push(...termOf(bare.replace(/^_+|_+$/g, '').toLowerCase()));
  return { terms, surface: parts.map((part) => part.toLowerCase()).filter(isSurface) };
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
  for (const segment of wordsIn(run)) {
    const word = UNSPACED.test(segment) ? { terms: [segment], surface: [segment] } : spacedWord(segment);
    terms.push(...word.terms);
    surface.push(...word.surface);
  }
  return { terms, surface };
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
