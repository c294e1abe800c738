import type { Hit, Provenance } from '../api/results.ts';
import { clip } from '../base/tokens.ts';
import type { IndexAnswer, IndexRoute } from '../index/contract.ts';
import type { FindQuery, Searchable } from './find.ts';
import { shownPath, uriOf } from './paths.ts';

const ABSTRACT_LIMIT = 256;
const OVERVIEW_LIMIT = 4_000;
const SIDECARS = { 0: '.abstract.md', 1: '.overview.md' } as const;

/** Directories as hits: their layers, which can be read by the URI that is answered. */
export async function directoryHits(
  index: Searchable,
  { levels = [2], limit, scoreThreshold = 0 }: FindQuery,
  routes: readonly IndexRoute[],
): Promise<Hit[]> {
  const best = routes
    .filter((route) => route.score >= scoreThreshold)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
  const abstracts = (await index.abstracts?.(best.map(({ path }) => path))) ?? [];
  return best.flatMap((route, at) => {
    const uri = uriOf(route.path);
    if (uri === undefined || uri.segments.length < 2) return [];
    return ([0, 1] as const)
      .filter((level) => levels.includes(level))
      .map((level): Hit => {
        return {
          uri: `${uri}/${SIDECARS[level]}`,
          context_type: uri.contextType,
          level,
          score: route.score,
          abstract: clip(abstracts[at] ?? '', level === 0 ? ABSTRACT_LIMIT : OVERVIEW_LIMIT),
          match_reason: `directory: ${route.documents} ${route.documents === 1 ? 'file' : 'files'} below it match`,
          tags: [],
          relations: [],
        };
      });
  });
}

/** Which directories were entered, and why others were not. */
export function provenance(
  query: Pick<FindQuery, 'text'>,
  within: readonly string[],
  answer: IndexAnswer,
): Provenance {
  return {
    query: query.text,
    searched_directories: within.map(shownPath),
    trajectory: (answer.routes ?? []).map(({ path, score, documents, entered, reason }) => {
      return { uri: shownPath(path), score, files: documents, entered, reason };
    }),
  };
}
