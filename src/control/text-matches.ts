import { setImmediate as nextTurn } from 'node:timers/promises';
import { turnBudget } from '../base/turn-budget.ts';

/** How long searches may follow each other in one turn of the event loop. */
const TURN_MS = 5;
/** UTF-16 units looked at between two looks at the clock: well under a millisecond. */
const PIECE = 32_768;

const mayGoOn = turnBudget(TURN_MS);

/** Where a text says something. */
export interface TextMatch {
  /** UTF-16 units. */
  readonly index: number;
  /** Unicode code points. */
  readonly offset: number;
}

/**
 * The first `limit` places where `words` is written in a text, in any case, none within another. The time is that of
 * reading both once, whatever they say (Knuth, Morris, Pratt 1977), and others have their turn meanwhile.
 */
export async function textMatches(text: string, words: string, limit: number): Promise<TextMatch[]> {
  const sought = Uint16Array.from({ length: words.length }, (_, index) => fold(words.charCodeAt(index)));
  const borders = bordersOf(sought);
  const points = pointsIn(words);
  const found: TextMatch[] = [];
  let [matched, seen] = [0, 0];
  for (let from = 0; from < text.length && found.length < limit; from += PIECE) {
    while (!mayGoOn()) await nextTurn();
    const to = Math.min(text.length, from + PIECE);
    for (let index = from; index < to && found.length < limit; index += 1) {
      if (!isSecondHalf(text, index)) seen += 1;
      const unit = fold(text.charCodeAt(index));
      while (matched > 0 && sought[matched] !== unit) matched = borders[matched - 1] ?? 0;
      if (sought[matched] === unit) matched += 1;
      if (matched < sought.length) continue;
      found.push({ index: index + 1 - words.length, offset: seen - points });
      matched = 0;
    }
  }
  return found;
}

/** For each beginning of the words, the length of the longest shorter one that it ends with. */
function bordersOf(sought: Uint16Array): Uint16Array {
  const borders = new Uint16Array(sought.length);
  for (let index = 1, length = 0; index < sought.length; index += 1) {
    while (length > 0 && sought[length] !== sought[index]) length = borders[length - 1] ?? 0;
    if (sought[length] === sought[index]) length += 1;
    borders[index] = length;
  }
  return borders;
}

function pointsIn(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) if (!isSecondHalf(text, index)) count += 1;
  return count;
}

/** Of a character of two units. */
function isSecondHalf(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0xdc00 || unit > 0xdfff || index === 0) return false;
  const before = text.charCodeAt(index - 1);
  return before >= 0xd800 && before <= 0xdbff;
}

/** Folded units plus one, as far as they were needed. */
const folded = new Uint32Array(0x10000);

/** The same for every case of a letter; letters that change their length with their case stay as they are. */
function fold(unit: number): number {
  const known = folded[unit] ?? 0;
  if (known > 0) return known - 1;
  const own = String.fromCharCode(unit);
  const upper = own.toUpperCase();
  const lower = (upper.length === 1 ? upper : own).toLowerCase();
  const result = lower.length === 1 ? lower.charCodeAt(0) : unit;
  folded[unit] = result + 1;
  return result;
}
