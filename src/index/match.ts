import { tokenize } from '../base/text/tokenize.ts';
import type { LexicalQuery } from './words/query.ts';

const WORDS_SHOWN = 8;

/** What of a query an answer has. */
export interface Match {
  /** Share of the query's information found, 0 to 1. */
  readonly share: number;
  /** For people: `words: mount, stale; name: mount; near: mout → mount`. */
  readonly reason: string;
}

/**
 * Looks which words of the query are in a passage (`terms`, numbers of the vocabulary) and in the path of its file.
 */
export function matchOf(words: LexicalQuery, path: string, terms: ReadonlySet<number>): Match {
  const inName = new Set(tokenize(path.split('/').slice(1).join(' ')));
  const shown = { words: new Set<string>(), name: new Set<string>(), near: new Set<string>() };
  let found = 0;
  for (const { term, word, insteadOf, weight } of words.terms) {
    const isInText = terms.has(term);
    if (!isInText && !inName.has(word)) continue;
    const asked = insteadOf ?? word;
    found += (words.rarity.get(asked) ?? 0) * (insteadOf === undefined ? 1 : Math.min(1, weight));
    const written = words.written.get(asked) ?? asked;
    if (insteadOf !== undefined) shown.near.add(`${written} \u2192 ${word}`);
    else if (isInText) shown.words.add(written);
    if (inName.has(word)) shown.name.add(words.written.get(word) ?? word);
  }
  const all = [...words.rarity.values()].reduce((sum, rarity) => sum + rarity, 0);
  const reasons = Object.entries(shown)
    .filter(([, list]) => list.size > 0)
    .map(([kind, list]) => `${kind}: ${[...list].slice(0, WORDS_SHOWN).join(', ')}`);
  return { share: all === 0 ? 0 : Math.min(1, found / all), reason: reasons.join('; ') || 'similar letters' };
}
