import { mkdir, rename, utimes } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHashEmbedder } from '../../../src/models/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { IndexedTree } from './tree.ts';

let tree: IndexedTree;
let embedded: number;

/** Counts the passages it embeds (questions have one line), so that a test sees what was indexed again. */
function counting() {
  const hash = createHashEmbedder();
  return {
    stamp: 'counting/1024',
    dimensions: hash.dimensions,
    local: true,
    embed(texts: readonly string[]) {
      embedded += texts.filter((text) => text.includes('\n')).length;
      return hash.embed(texts);
    },
  };
}

beforeEach(async () => {
  embedded = 0;
  tree = await IndexedTree.make();
  const long = new Date(Date.now() - 60_000);
  for (let n = 0; n < 60; n++) {
    const path = `a/resources/from/d${n % 3}/f${n}.md`;
    await tree.write(path, `# Entry ${n}\n\nA quokka and subject${n}.\n`);
    await utimes(tree.path(path), long, long);
  }
  await tree.open({ embedder: counting() });
  // A file read within the clock's tick of its change is not trusted to be the same until it is read again.
  const writtenAt = Date.now();
  await eventually(() => Promise.resolve(Date.now() - writtenAt > 60), { what: 'the clock has moved on' });
  await tree.touch('');
  expect(embedded).toBe(60);
});
afterEach(() => tree.dispose());

describe('moved files', () => {
  it('follow a renamed directory under its new name, and are not read or embedded again', async () => {
    const before = await tree.find('quokka subject7');
    await rename(tree.path('a/resources/from'), tree.path('a/resources/archive'));
    await tree.touch('a/resources/from', 'a/resources/archive');
    expect(embedded).toBe(60);
    const after = await tree.find('quokka subject7');
    expect(after[0]).toMatchObject({ path: 'a/resources/archive/d1/f7.md', lines: before[0]!.lines });
    expect(after.every(({ path }) => path.startsWith('a/resources/archive/'))).toBe(true);
    expect(await tree.paths('quokka', ['a/resources/from'])).toEqual([]);
    expect((await tree.paths('archive')).length).toBeGreaterThan(0);
    expect(await tree.paths('from')).toEqual([]);
    expect(tree.index.status()).toMatchObject({ documents: 60, passages: 60 });
  });

  it('are the same after a restart, and when they moved while it was closed', async () => {
    await rename(tree.path('a/resources/from'), tree.path('a/resources/archive'));
    await tree.touch('a/resources/from', 'a/resources/archive');
    await tree.close();
    await rename(tree.path('a/resources/archive/d0'), tree.path('a/resources/d0'));
    await tree.open({ embedder: counting() });
    expect(embedded).toBe(60);
    expect((await tree.paths('subject3'))[0]).toBe('a/resources/d0/f3.md');
    expect((await tree.paths('subject7'))[0]).toBe('a/resources/archive/d1/f7.md');
    expect(tree.index.status()).toMatchObject({ documents: 60, passages: 60, freshness: { state: 'fresh' } });
  });

  it('replace what was at the new path, and are read again when they changed on the way', async () => {
    await rename(tree.path('a/resources/from/d0/f0.md'), tree.path('a/resources/from/d0/f3.md'));
    await tree.touch('a/resources/from/d0/f0.md', 'a/resources/from/d0/f3.md');
    expect((await tree.paths('subject0'))[0]).toBe('a/resources/from/d0/f3.md');
    expect((await tree.find('subject3')).some(({ passage }) => passage.includes('subject3.'))).toBe(false);
    await rename(tree.path('a/resources/from/d0/f6.md'), tree.path('a/resources/from/d0/g.md'));
    await tree.write('a/resources/from/d0/g.md', 'numbat now');
    await tree.touch('a/resources/from/d0');
    expect(await tree.paths('numbat')).toEqual(['a/resources/from/d0/g.md']);
    expect(tree.index.status().documents).toBe(59);
    expect(embedded).toBe(61);
  });

  it('are cut anew under another extension, which says what they are', async () => {
    await rename(tree.path('a/resources/from/d0/f0.md'), tree.path('a/resources/from/d0/f0.txt'));
    await tree.touch('a/resources/from/d0');
    expect(embedded).toBe(61);
    expect((await tree.paths('subject0'))[0]).toBe('a/resources/from/d0/f0.txt');
    await mkdir(tree.path('a/resources/x'));
    await rename(tree.path('a/resources/from/d0/f0.txt'), tree.path('a/resources/x/.f0.txt'));
    await tree.touch('a/resources');
    expect(await tree.paths('subject0')).not.toContain('a/resources/from/d0/f0.txt');
    expect(tree.index.status().documents).toBe(59);
  });
});
