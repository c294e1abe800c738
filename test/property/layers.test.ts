import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentPath, freshLayers, type LayeredTree, withTree } from '../unit/layers/tree.ts';

const directory = fc.constantFrom('a', 'a/b', 'a/b/c', 'd', 'd/e', 'f');
const name = fc.constantFrom('README.md', 'one.md', 'two.py', '.abstract.md', 'data.json');
const word = fc.constantFrom('compaction', 'checksum', 'replica', 'harbour', 'ännan', '日志');

const change = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), directory, name, word }),
  fc.record({ kind: fc.constant('remove' as const), directory, name }),
  fc.record({ kind: fc.constant('removeAll' as const), directory }),
  fc.record({ kind: fc.constant('move' as const), directory, to: directory }),
  fc.record({ kind: fc.constant('mkdir' as const), directory }),
  fc.record({ kind: fc.constant('read' as const), directory }),
  fc.record({ kind: fc.constant('flush' as const) }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);
type Step = typeof change extends fc.Arbitrary<infer T> ? T : never;

describe('layers of a tree that changes', () => {
  it('are in the end what a fresh build says, whatever happened in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 14 }), async (steps) => {
        await withTree(
          { 'a/b/c/one.md': '# One\n\nAbout checksum frames.\n', 'd/e/two.py': '"""Replica of it."""\n' },
          async (tree) => {
            for (const step of steps) await apply(tree, step);
            await tree.engine.flush();
            const there: string[] = [''];
            for (const path of ['a', 'a/b', 'a/b/c', 'd', 'd/e', 'f'])
              if (await isDirectory(tree.at(path))) there.push(path);
            expect(await tree.all(there)).toEqual(await freshLayers(tree, there));
            for (const path of there) expect(await tree.engine.freshness(contentPath(path))).toBe('fresh');
            // The account and its resources have layers too; nothing is left of what is gone.
            expect(tree.engine.status()).toEqual({
              directories: (await countDirectories(tree)) + 2,
              pending: 0,
              awaitingModel: 0,
            });
          },
        );
      }),
      { numRuns: 40 },
    );
  });
});

/** Does it as another program would, then tells the engine as a watcher would: the paths, nothing more. */
async function apply(tree: LayeredTree, step: Step): Promise<void> {
  if (step.kind === 'flush') return tree.engine.flush();
  if (step.kind === 'reopen') return tree.reopen();
  const path = step.directory;
  if (step.kind === 'read') {
    if (await isDirectory(tree.at(path))) await tree.engine.read(contentPath(path), 'overview', 20);
    return;
  }
  if (step.kind === 'write') {
    await mkdir(dirname(tree.at(`${path}/${step.name}`)), { recursive: true });
    await writeFile(
      tree.at(`${path}/${step.name}`),
      `# The ${step.word}\n\nAll about the ${step.word} of it.\n`,
    );
    return tree.touch(path, `${path}/${step.name}`);
  }
  if (step.kind === 'remove') {
    await rm(tree.at(`${path}/${step.name}`), { force: true });
    return tree.touch(`${path}/${step.name}`);
  }
  if (step.kind === 'removeAll') {
    await rm(tree.at(path), { recursive: true, force: true });
    return tree.touch(path);
  }
  if (step.kind === 'mkdir') {
    await mkdir(tree.at(path), { recursive: true });
    return tree.touch(path);
  }
  const canMove =
    (await isDirectory(tree.at(path))) &&
    !`${step.to}/`.startsWith(`${path}/`) &&
    !`${path}/`.startsWith(`${step.to}/`);
  if (!canMove) return;
  await rm(tree.at(step.to), { recursive: true, force: true });
  await mkdir(dirname(tree.at(step.to)), { recursive: true });
  await rename(tree.at(path), tree.at(step.to));
  tree.touch(path, step.to);
}

async function countDirectories(tree: LayeredTree): Promise<number> {
  const entries = await readdir(tree.at(''), { recursive: true, withFileTypes: true });
  return 1 + entries.filter((entry) => entry.isDirectory()).length;
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
