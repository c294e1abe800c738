import type { IndexAnswer, IndexHit, IndexQuery } from '../index/contract.ts';
import type { ActiveCounts } from './active-counts.ts';
import { pathUri } from './namespace.ts';

/**
 * Most that use adds to a memory's score, of which one use is a third and two are half. No labelled set says how often
 * what was used is what is looked for (the reference's own weight is 0 by default), so it decides between answers
 * that words and vectors hold for nearly equal, and never moves one past a clearly better one.
 */
const MOST = 0.03;

/** Only the best so many change places, so that a longer list begins with the shorter one. */
const WINDOW = 50;

type Search = (query: IndexQuery) => Promise<IndexAnswer>;

/**
 * Lifts memories that committed sessions used. Nothing of it depends on the time: the same question on the same memories
 * gives the same order. Where nothing of an account was used it is the answer of the index as it is.
 */
export function searchUsedFirst(search: Search, counts: Pick<ActiveCounts, 'some' | 'of'>): Search {
  return async (query) => {
    const accounts = [...new Set(query.within.map((path) => path.split('/')[0] ?? ''))];
    const used = await Promise.all(accounts.map((account) => counts.some(account)));
    if (!used.includes(true)) return search(query);
    const { answered: _, ...whole } = query;
    const answer = await search({ ...whole, limit: Math.max(query.limit, WINDOW) });
    const best = answer.hits.slice(0, WINDOW);
    const lifted = await Promise.all(best.map(async (hit) => lift(hit, await usesOf(counts, hit.path))));
    const order = lifted.map((hit, at) => ({ hit, at }));
    order.sort((left, right) => right.hit.score - left.hit.score || left.at - right.at);
    const hits = withinOne([...order.map(({ hit }) => hit), ...answer.hits.slice(WINDOW)]);
    return { ...answer, hits: hits.slice(0, query.limit) };
  };
}

/** What use makes of a score: `n / (n + 2)` of `MOST`, which is the reference's `sigmoid(ln(1 + n))` from 0 to 1. */
function lift(hit: IndexHit, uses: number): IndexHit {
  if (uses === 0) return hit;
  const share = (MOST * uses) / (uses + 2);
  const times = uses === 1 ? 'once' : `${uses} times`;
  const reason = `${hit.reason}; used ${times} (+${(100 * share).toFixed(1)} %)`;
  return { ...hit, score: hit.score * (1 + share), reason };
}

async function usesOf(counts: Pick<ActiveCounts, 'of'>, path: string): Promise<number> {
  return pathUri(path)?.uri.contextType === 'memory' ? counts.of(path) : 0;
}

/** Scores are of 0 to 1, and only comparable within an answer: all give way to one that would be above. */
function withinOne(hits: readonly IndexHit[]): IndexHit[] {
  const top = Math.max(1, hits[0]?.score ?? 0);
  return hits.map((hit) => ({ ...hit, score: Math.round((hit.score / top) * 1e4) / 1e4 }));
}
