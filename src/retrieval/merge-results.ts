import type { FindResult, Hit } from '../api/results.ts';
import { byScore, grouped, ranked } from './find.ts';

/** A query further down the plan counts a little less. */
const PRIORITY_SHARE = 0.9;

/** Answers to several queries, most important first, as one: each place once, with its best score. */
export function mergeResults(results: readonly FindResult[], limit: number): FindResult {
  const best = new Map<string, Hit>();
  results.forEach((result, at) => {
    for (const hit of ranked(result)) {
      const place = `${hit.uri}:${hit.lines?.start ?? 0}`;
      const score = Math.round(hit.score * PRIORITY_SHARE ** at * 1e4) / 1e4;
      const known = best.get(place);
      if (known === undefined || known.score < score) best.set(place, { ...hit, score });
    }
  });
  const hits = [...best.values()].sort(byScore).slice(0, limit);
  const stale = results.find((result) => result.freshness.state !== 'fresh');
  return grouped(hits, (stale ?? results[0])?.freshness ?? { state: 'fresh', pending: 0 });
}
