import type { IndexAnswer, IndexQuery } from '../index/contract.ts';
import type { QueryVectors } from './query-vectors.ts';
import type { TextWorkerFunctions } from './worker/contract.ts';

/** Stands in `freshness` of an answer that would be another one with the question's vector. */
const WITHOUT_VECTOR = 'the vector of the question is not known yet, words answered alone';

/** The part of the worker that is asked; its remote fits. */
export type Asked = {
  readonly [K in 'search' | 'vectorOf']: (...args: Parameters<TextWorkerFunctions[K]>) => Promise<Answer<K>>;
};
type Answer<K extends keyof TextWorkerFunctions> = Awaited<ReturnType<TextWorkerFunctions[K]>>;

type Search = (query: IndexQuery) => Promise<IndexAnswer>;

/**
 * Adds the question's vector to what the index is asked, where an endpoint is configured. A `local` question takes one
 * that is known and waits for none. For any other the endpoint is asked while the worker looks for the words, which takes
 * about as long. Who asked without a vector is told so, since a moment later the answer may be better.
 */
export function searchWithVectors(asked: Asked, vectors: QueryVectors | undefined): Search {
  if (vectors === undefined) return (query) => asked.search(query);
  let questions = 0;
  return async (query) => {
    const known = query.local === true ? vectors.known(query.text) : vectors.recalled(query.text);
    if (known !== undefined) return asked.search({ ...query, vector: known });
    if (query.local === true) return withoutVector(await asked.search(query));
    const question = ++questions;
    const answering = asked.search(query, question);
    // It may fail before the endpoint has answered, and is looked at after that.
    answering.catch(() => undefined);
    const vector = await vectors.wait(query.text);
    // A worker that has ended fails the search itself.
    asked.vectorOf(question, vector).catch(() => undefined);
    return vector === undefined ? withoutVector(await answering) : answering;
  };
}

function withoutVector(answer: IndexAnswer): IndexAnswer {
  const { note } = answer.freshness;
  return {
    ...answer,
    freshness: {
      ...answer.freshness,
      note: note === undefined ? WITHOUT_VECTOR : `${note}; ${WITHOUT_VECTOR}`,
    },
  };
}
