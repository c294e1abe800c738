import type { IndexAnswer, IndexQuery } from '../index/contract.ts';
import type { QueryVectors } from './query-vectors.ts';

/** Stands in `freshness` of an answer that would be another one with the question's vector. */
const WITHOUT_VECTOR = 'the vector of the question is not known yet, words answered alone';

type Search = (query: IndexQuery) => Promise<IndexAnswer>;

/**
 * Adds the question's vector to what the index is asked, where an endpoint is configured. A `local` question takes one
 * that is known and waits for none. Who asked without one is told so, since a moment later the answer may be better.
 */
export function searchWithVectors(search: Search, vectors: QueryVectors | undefined): Search {
  if (vectors === undefined) return search;
  return async (query) => {
    const vector = query.local === true ? vectors.known(query.text) : await vectors.wait(query.text);
    if (vector !== undefined) return search({ ...query, vector });
    const answer = await search(query);
    const { note } = answer.freshness;
    return {
      ...answer,
      freshness: {
        ...answer.freshness,
        note: note === undefined ? WITHOUT_VECTOR : `${note}; ${WITHOUT_VECTOR}`,
      },
    };
  };
}
