/**
 * Another process exchanges directories for symlinks, as fast as it can, while a tree is brought into them and searched:
 * where the symlinks lead, nothing is written, removed or read.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { addResource } from '../../../src/ingest/index.ts';
import { createRetrieval } from '../../../src/retrieval/index.ts';
import { type ChildScript, childScript } from '../../helpers/child-script.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

/** Enough for hundreds of rounds on an idle machine, and some on a busy one. */
const RACE_MS = 1_200;
/** For the one that has to get through. */
const MOST_MS = 10_000;

let dir: TempDir;
let store: ContentStore;
let child: ChildScript | undefined;

beforeEach(async () => {
  dir = await tempDir();
  store = await openContent(join(dir.path, 'content'));
  for (const path of ['content/a/resources/r/sub/deep', 'content/a/user/ann/deep', 'source/sub/deep'])
    mkdirSync(join(dir.path, path), { recursive: true });
  for (const path of ['f.md', 'deep/f.md']) {
    writeFileSync(join(store.dir, 'a/resources/r/sub', path), 'open');
    writeFileSync(join(store.dir, 'a/user/ann', path), 'xylophone');
    writeFileSync(join(dir.path, 'source/sub', path), 'from the source');
  }
});
afterEach(async () => {
  await child?.kill();
  child = undefined;
  await dir.remove();
});

/** `sub` is a directory, then nothing, then a symlink to ann's, and so on, in a process of its own. */
async function startExchanging(): Promise<void> {
  const sub = join(store.dir, 'a/resources/r/sub');
  child = await childScript(
    dir.path,
    `import { renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
     const [sub, aside] = ${JSON.stringify([sub, join(dir.path, 'aside')])};
     const quietly = (work: () => void) => { try { work(); } catch {} };
     console.log('exchanging');
     for (;;) {
       quietly(() => rmSync(aside, { recursive: true, force: true }));
       quietly(() => renameSync(sub, aside));
       quietly(() => symlinkSync('../../user/ann', sub));
       for (let n = 0; n < 20_000; n++);
       quietly(() => unlinkSync(sub));
       quietly(() => renameSync(aside, sub));
       for (let n = 0; n < 20_000; n++);
     }`,
  );
  await child.said('exchanging');
}

/** As often as there is time for, and until one round got through: what the exchange had refused says nothing by itself. */
async function race(work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  const goesOn = (mostMs: number) => performance.now() - start < mostMs;
  let fulfilled = 0;
  while (goesOn(RACE_MS) || (fulfilled === 0 && goesOn(MOST_MS))) {
    const outcome = await work().then(
      () => 1,
      () => 0,
    );
    fulfilled += outcome;
  }
  expect(fulfilled).toBeGreaterThan(0);
}

it('an import leaves alone what is not below its target', async () => {
  await startExchanging();
  let round = 0;
  await race(async () => {
    writeFileSync(join(dir.path, 'source/sub/deep/f.md'), `round ${round++}`);
    writeFileSync(join(dir.path, 'source/sub', `only-${round}.md`), 'one more');
    await addResource({
      source: join(dir.path, 'source'),
      container: join(store.dir, 'a/resources'),
      name: 'r',
      stagingDir: join(dir.path, 'staging'),
    });
  });
  await child!.kill();
  const ann = join(store.dir, 'a/user/ann');
  expect(readdirSync(ann, { recursive: true }).sort()).toEqual(['deep', 'deep/f.md', 'f.md']);
  for (const path of ['f.md', 'deep/f.md']) expect(readFileSync(join(ann, path), 'utf8')).toBe('xylophone');
});

it('grep finds nothing of where a symlink leads', async () => {
  const retrieval = createRetrieval({ index: undefined as never, content: store });
  await startExchanging();
  const found: string[] = [];
  const query = { path: 'a/resources', real: 'a/resources', nodeLimit: 100, isVisible: () => true };
  await race(async () => {
    const { matches } = await retrieval.grep({
      ...query,
      pattern: 'xylophone',
      caseInsensitive: false,
      levelLimit: 10,
    });
    found.push(...matches.map(({ uri }) => uri));
  });
  await child!.kill();
  expect(found).toEqual([]);
  // It finds what is there: the exchange may have ended with anything in the place of `sub`.
  const sub = join(store.dir, 'a/resources/r/sub');
  rmSync(sub, { recursive: true, force: true });
  mkdirSync(sub);
  writeFileSync(join(sub, 'f.md'), 'open');
  const { matches } = await retrieval.grep({
    ...query,
    pattern: 'open',
    caseInsensitive: false,
    levelLimit: 10,
  });
  expect(matches).toHaveLength(1);
});
