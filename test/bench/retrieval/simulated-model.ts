import { hash32 } from '../../../src/base/text/hash32.ts';
import { tokenize } from '../../../src/base/text/tokenize.ts';
import { eventually } from '../../helpers/eventually.ts';
import { startModelServer } from '../../helpers/model-server.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

const DIMENSIONS = 384;

/** Texts that answer a question, by the question. */
export type Answers = ReadonlyMap<string, readonly string[]>;

/**
 * Two endpoints stand for the range of real ones, since none is at hand. `weak` knows words only, with collisions: worse
 * than the words of the index by themselves. `apt` leans towards what answers the question by `APT`, so that it finds
 * what shares no word with it, and errs otherwise like the weak one.
 */
export type SimulatedModel = 'none' | 'weak' | 'apt';

const APT = 0.25;

/** A core whose questions and passages get vectors from a loopback endpoint; ready when every passage has one. */
export async function withModel<T>(
  model: SimulatedModel,
  answers: Answers,
  fill: (test: TestCore) => Promise<void>,
  use: (test: TestCore) => Promise<T>,
): Promise<T> {
  const vector = (text: string): readonly number[] => {
    const own = projected(text);
    const wanted = model === 'apt' ? (answers.get(text) ?? []) : [];
    for (const one of wanted) {
      projected(one).forEach((value, at) => {
        own[at]! += (APT * value) / wanted.length;
      });
    }
    return [...own];
  };
  const server = await startModelServer({ vector });
  const test = await testCore({
    ...(model === 'none' ? {} : { models: { embedding: { url: server.url, model, timeoutMs: 5_000 } } }),
    modelPace: { firstWaitMs: 10, longestWaitMs: 50, pauseMs: 5 },
  });
  try {
    await fill(test);
    await test.core.system.wait(test.principal, 300_000);
    const missing = async () => {
      const { index } = await test.core.system.status(test.principal);
      return index.model_vectors.serving?.missing;
    };
    if (model !== 'none')
      await eventually(async () => (await missing()) === 0, { what: 'vectors', timeoutMs: 300_000 });
    return await use(test);
  } finally {
    await test.close();
    await server.close();
  }
}

/** Words hashed with a sign into a vector of unit length. */
function projected(text: string): Float64Array {
  const values = new Float64Array(DIMENSIONS);
  for (const word of new Set(tokenize(text))) {
    const hash = hash32(word);
    values[hash % DIMENSIONS]! += hash & 0x10000 ? 1 : -1;
  }
  const norm = Math.hypot(...values) || 1;
  return values.map((value) => value / norm);
}
