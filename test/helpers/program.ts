import { fileURLToPath } from 'node:url';
import type { CoreOptions } from '../../src/core/index.ts';

/**
 * `VIKINGFS_TEST_BUILT=1` says that `dist/` and `build/tests/` were just built. What was built starts in a third of the time that
 * TypeScript takes, and is what users run.
 */
const IS_BUILT = process.env['VIKINGFS_TEST_BUILT'] === '1';

/** Arguments for Node.js that run an entry of ours: from `dist/` when it was just built, else from source. */
export function programOf(entry: 'cli' | 'daemon'): string[] {
  return IS_BUILT ? [pathOf(`dist/${entry}/main.js`)] : source(`src/${entry}/main.ts`);
}

/** The same for a program of the tests: `path` is that of its source, below `test/`. */
export function testProgramOf(path: `${string}.ts`): string[] {
  return IS_BUILT ? [pathOf(`build/tests/test/${path.slice(0, -2)}js`)] : source(`test/${path}`);
}

/** What a core made in the test's own process starts its thread with; undefined is what it does by itself. */
export const spawnWorker: CoreOptions['spawnWorker'] = IS_BUILT ? await builtSpawn() : undefined;

async function builtSpawn(): Promise<CoreOptions['spawnWorker']> {
  const built = (await import(
    pathOf('dist/core/worker/start.js')
  )) as typeof import('../../src/core/worker/start.ts');
  return built.spawnTextWorker;
}

function source(path: string): string[] {
  return ['--import', import.meta.resolve('tsx'), pathOf(path)];
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
