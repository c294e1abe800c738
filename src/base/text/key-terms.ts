import { stem, wordRun } from './tokenize.ts';

/** A word as people write it and how often it stands for its stem. */
export interface TermCount {
  readonly word: string;
  readonly count: number;
}

/** Counts by stem, with the forms each stem was written in: the first, and how often each was if there are several. */
export type TermBag = Map<string, Counted>;

interface Counted {
  count: number;
  readonly form: string;
  forms?: Map<string, number>;
}

/**
 * Words of every manual and program: they tell a text apart from poetry, not from its neighbours. A constant in place
 * of an idf over all files, so that a directory's terms depend on its own children only and never drift.
 */
const GENERIC = new Set(
  `able add added additional allow app apply argument array available based basic bool boolean call case change check
class code command common configuration contain content correct create current custom data default define defined
description detail different directory doc document documentation documented early easy enable ensure error example
exist existing expect fail false field file find first follow following foo format function general handle help https
http html id implement implementation import include index info information input instance int int32 integer issue item
key last level line link list load long main md message method mode module multiple name need note null number object
old open operation option optional order output overview package page param parameter pass path please possible
previous print process program project property provide public put read reference related release remove require
required requirement result return row run running sample second section see select set setting show simple single size
source specific specify start state step str string support supported system table test text time title true txt type
undefined unit update updated url usage use used useful user using util valid value var variable version way work world
write www com org net todo self cls args kwargs elif def async await const static void struct enum init tmp`
    .split(/\s+/)
    .map(stem),
);
const GENERIC_WEIGHT = 0.35;
/** Encoded data, hashes and the like. */
const NOISE = /^\d+[a-z]{1,2}$|\d.*[a-z].*\d|^[0-9a-f]{8,}$|\d{3}|_|^.{26,}$/;

/** How often each word of the text at hand occurs in it, by number; zeros between two texts. */
let occurrences = new Uint32Array(1_024);

/** Adds the words of `text` to a bag, each occurrence `weight` times. Returns the bag. */
export function countTerms(text: string, weight = 1, bag: TermBag = new Map()): TermBag {
  // Counted as written first: a word of a text stands there many times, and is looked for in the bag once.
  const { table, numbers } = wordRun(text);
  if (occurrences.length < table.size) occurrences = new Uint32Array(table.size * 2);
  const distinct = numbers.filter((number) => occurrences[number]!++ === 0);
  for (const number of distinct) {
    const { surface, stems } = table.at(number);
    const count = occurrences[number]!;
    occurrences[number] = 0;
    for (let at = 0; at < surface.length; at++) addTerm(bag, [surface[at]!, stems[at]!], count * weight);
  }
  return bag;
}

function addTerm(bag: TermBag, [word, key]: readonly [string, string], weight: number): void {
  const known = bag.get(key);
  if (known === undefined) {
    if (!NOISE.test(word)) bag.set(key, { count: weight, form: word });
    return;
  }
  // Nearly every stem of a text is written one way, and a map of its own for each would be most of what a bag takes.
  if (known.forms === undefined && word !== known.form) known.forms = new Map([[known.form, known.count]]);
  known.forms?.set(word, (known.forms.get(word) ?? 0) + weight);
  known.count += weight;
}

/** The `limit` weightiest terms of one text: damped frequency, generic words far down. Ties by word: deterministic. */
export function topTerms(bag: TermBag, limit: number): TermCount[] {
  const scored = [...bag].map(([key, { count, form, forms }]) => ({
    word: forms === undefined ? form : commonForm(forms),
    count: Math.round(count),
    score: (1 + Math.log(count)) * termWeight(key),
  }));
  return best(scored, limit);
}

/**
 * Terms of a directory from the terms of its children: (1 + ln tf) × √(children having it) × weight, and with three or more
 * children only what at least two share. Coverage keeps out the noise that tf-idf picks (routing MRR 33 → 38 on a code
 * tree, 36 → 46 on a documentation tree).
 */
export function coverageTerms(children: readonly (readonly TermCount[])[], limit: number): TermCount[] {
  const bag: TermBag = new Map();
  const having = new Map<string, number>();
  for (const terms of children) {
    const seen = new Set<string>();
    for (const { word, count } of terms) {
      const key = stem(word);
      addTerm(bag, [word, key], count);
      if (!seen.has(key)) having.set(key, (having.get(key) ?? 0) + 1);
      seen.add(key);
    }
  }
  const described = children.filter((terms) => terms.length > 0).length;
  const least = described >= 3 ? 2 : 1;
  const scored = [...bag]
    .filter(([key]) => (having.get(key) ?? 0) >= least)
    .map(([key, { count, form, forms }]) => ({
      word: forms === undefined ? form : commonForm(forms),
      count,
      score: (1 + Math.log(count)) * Math.sqrt(having.get(key) ?? 1) * termWeight(key),
    }));
  return best(scored, limit);
}

/** How much a stem says about what a text is about, 0 to 1. */
export function termWeight(key: string): number {
  if (GENERIC.has(key)) return GENERIC_WEIGHT;
  return key.length <= 2 && key < '\u0080' ? 0.5 : 1;
}

function commonForm(forms: ReadonlyMap<string, number>): string {
  let chosen = '';
  let count = 0;
  for (const [form, times] of forms) {
    const isBetter =
      times > count ||
      (times === count && (form.length < chosen.length || (form.length === chosen.length && form < chosen)));
    if (isBetter) [chosen, count] = [form, times];
  }
  return chosen;
}

function best(scored: (TermCount & { score: number })[], limit: number): TermCount[] {
  scored.sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : a.word > b.word ? 1 : 0));
  return scored.slice(0, limit).map(({ word, count }) => ({ word, count }));
}
