import { type TestCore, testCore } from '../../helpers/test-core.ts';

/** A daemon's core on a temporary home, closed and removed afterwards. */
export async function withCore<T>(use: (test: TestCore) => Promise<T>): Promise<T> {
  const test = await testCore();
  try {
    return await use(test);
  } finally {
    await test.close();
  }
}
