import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LayerRecords, openLayerRecords } from '../../../src/layers/layer-records.ts';
import { KEEP_MS, pruneModelWords } from '../../../src/layers/model/prune.ts';
import { contentPath, type LayeredTree, withTree } from './tree.ts';

const BY = 'small/prompts-1';

/** Has a model say something of every file and directory. */
async function describeAll(tree: LayeredTree): Promise<void> {
  await tree.engine.flush();
  for (;;) {
    const work = await tree.engine.modelWork(BY, 0);
    if (work === undefined) return;
    const { directory, files, from } = work;
    if (files.length > 0)
      await tree.engine.summed(
        BY,
        files.map(({ digest, name }) => [digest, `Words on ${name}.`]),
      );
    else await tree.engine.described(directory, BY, { from, abstract: 'An abstract.', guide: 'A guide.' });
    await tree.engine.flush();
  }
}

/** What is kept once the engine is closed, before and after as many prunings, `KEEP_MS` apart. */
async function pruned(
  tree: LayeredTree,
  times: number,
): Promise<{ summaries: string[]; descriptions: number }> {
  await tree.engine.flush();
  await tree.engine.close();
  const records = await openLayerRecords(join(tree.dir, 'index'));
  try {
    const now = Date.now();
    for (let time = 0; time < times; time++) await pruneModelWords(records, { now: now + time * KEEP_MS });
    return { summaries: await valuesOf(records), descriptions: await countOf(records.descriptions) };
  } finally {
    await records.close();
    await tree.reopen();
  }
}

async function valuesOf({ summaries }: LayerRecords): Promise<string[]> {
  const values: string[] = [];
  for await (const [, text] of summaries.entries()) values.push(text);
  return values.sort();
}

async function countOf(table: LayerRecords['descriptions']): Promise<number> {
  let count = 0;
  for await (const _ of table.keys()) count++;
  return count;
}

describe('what a model said', () => {
  it('of content that is gone is removed after a while, and of all else kept', async () => {
    await withTree(
      { 'a/one.md': '# One\n\nOne is told.\n', 'b/two.md': '# Two\n\nTwo is told.\n' },
      async (tree) => {
        await describeAll(tree);
        const all = await pruned(tree, 3);
        expect(all.summaries).toEqual(['Words on one.md.', 'Words on two.md.']);
        expect(all.descriptions).toBeGreaterThanOrEqual(3);
        await tree.remove('b');
        tree.touch('b', 'b/two.md');
        expect((await pruned(tree, 1)).summaries).toHaveLength(2);
        const left = await pruned(tree, 2);
        expect(left.summaries).toEqual(['Words on one.md.']);
        expect(left.descriptions).toBeLessThan(all.descriptions);
      },
    );
  });

  it('of a file that moved is kept, and what came back in time too', async () => {
    await withTree({ 'a/one.md': '# One\n\nOne is told.\n' }, async (tree) => {
      await describeAll(tree);
      await rename(tree.at('a'), tree.at('c'));
      tree.touch('a', 'c', 'c/one.md');
      expect((await pruned(tree, 4)).summaries).toEqual(['Words on one.md.']);
      await rename(tree.at('c/one.md'), join(tree.dir, 'aside.md'));
      tree.touch('c/one.md');
      await pruned(tree, 1);
      await rename(join(tree.dir, 'aside.md'), tree.at('c/one.md'));
      tree.touch('c/one.md');
      expect((await pruned(tree, 4)).summaries).toEqual(['Words on one.md.']);
      expect(await tree.engine.modelWork(BY, 0)).not.toMatchObject({
        directory: contentPath('c'),
        files: [{ name: 'one.md' }],
      });
    });
  });
});
