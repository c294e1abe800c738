import type { FindResult, Hit } from '../api/results.ts';
import { grouped, ranked } from './find.ts';

/** So many of the best are judged by a reranker, few enough for one call; the rest keeps its order behind them. */
export const RERANKED_MOST = 30;
/** Scores have four decimals. */
const STEP = 1e-4;

/**
 * The answer with its best hits in the order of `relevance` (one number for each of them, in rank order, higher first).
 * What has the question's terms letter by letter, or is the file it names, stays before the others: a model knows nothing
 * better than that. A score stays with its place, so that scores go down and a longer list begins with the shorter one.
 */
export function reordered(question: string, found: FindResult, relevance: readonly number[]): FindResult {
  const hits = ranked(found);
  const judged = hits.slice(0, relevance.length).map((hit, at) => {
    return { hit, at, relevance: relevance[at]!, isAsked: isAskedFor(question, hit) };
  });
  judged.sort(
    (a, b) =>
      Number(b.isAsked) - Number(a.isAsked) ||
      (a.isAsked ? 0 : b.relevance - a.relevance) ||
      // Equals, and what was asked for by name, as words and vectors have them.
      a.at - b.at,
  );
  const order = [
    ...judged.map(({ hit, at }, place) => (place === at ? hit : moved(hit, at + 1))),
    ...hits.slice(relevance.length),
  ];
  let below = Number.POSITIVE_INFINITY;
  const placed = order.map((hit, place) => {
    below = Math.max(0, Math.min(hits[place]!.score, Math.round((below - STEP) * 1e4) / 1e4));
    return { ...hit, score: below };
  });
  return { ...found, ...grouped(placed, found.freshness) };
}

/** The first `limit` hits of an answer. */
export function best(found: FindResult, limit: number): FindResult {
  if (found.total <= limit) return found;
  return { ...found, ...grouped(ranked(found).slice(0, limit), found.freshness) };
}

function moved(hit: Hit, from: number): Hit {
  return { ...hit, match_reason: `${hit.match_reason}; reranked, was number ${from}` };
}

function isAskedFor(question: string, { match_reason: reason, uri }: Hit): boolean {
  if (reason.startsWith('as written')) return true;
  const name = uri.slice(uri.lastIndexOf('/') + 1).toLowerCase();
  return (
    name.includes('.') &&
    question
      .toLowerCase()
      .split(/[\s"'`“”(),;?!]+/u)
      .includes(name)
  );
}
