import { VikingError } from '../errors/index.ts';
import { isCorrupt } from './catalogue.ts';
import type { IndexVectors } from './contract.ts';

export interface GuardedVectorsOptions {
  /** Those of the store that is open now; undefined while it is being read. @throws CLOSING */
  readonly model: () => IndexVectors | undefined;
  readonly damaged: (error: unknown) => void;
  readonly expected: () => void;
}

/** Vectors of the model outside, in whatever store is open when they come. @throws UNAVAILABLE while it is being read */
export function guardedVectors({ model, damaged, expected }: GuardedVectorsOptions): IndexVectors {
  const guarded = async <T>(work: (vectors: IndexVectors) => Promise<T>): Promise<T> => {
    const vectors = model();
    if (vectors === undefined) {
      throw new VikingError('UNAVAILABLE', 'the index is being read from disk', {
        hint: 'Ask again in a moment.',
      });
    }
    try {
      return await work(vectors);
    } catch (error) {
      if (isCorrupt(error)) damaged(error);
      throw error;
    }
  };
  return {
    expect: async (stamp, dimensions) => {
      await guarded((vectors) => vectors.expect(stamp, dimensions));
      expected();
    },
    missing: (limit) => guarded((vectors) => vectors.missing(limit)),
    put: (stamp, vectors) => guarded((model) => model.put(stamp, vectors)),
  };
}
