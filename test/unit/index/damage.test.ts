import { readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RACY_MS } from '../../../src/index/read-document.ts';
import { surviveTruncatedMaps } from '../../../src/mount/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { IndexedTree } from './tree.ts';

const QUESTIONS = ['quokka subject7', 'detail of many', 'f12.md', 'numbat'];

let tree: IndexedTree;
let expected: unknown;
beforeEach(async () => {
  tree = await IndexedTree.make();
  for (let n = 0; n < 40; n++)
    await tree.write(
      `a/resources/d${n % 3}/f${n}.md`,
      `# Entry ${n}\n\nA quokka, subject${n}, detail of many.\n`,
    );
  await tree.open();
  expected = await answers();
  await tree.close();
});
afterEach(() => tree.dispose());

const answers = async (): Promise<unknown> => Promise.all(QUESTIONS.map((question) => tree.find(question)));

/** Files of the index, relative; the lock and LevelDB's own diary say nothing about content. */
async function files(): Promise<string[]> {
  const names = await readdir(tree.indexDir, { recursive: true });
  const found: string[] = [];
  for (const name of names) {
    if (/(?:^|\/)(?:LOCK|LOG|LOG\.old)$/.test(name)) continue;
    if ((await stat(join(tree.indexDir, name))).isFile()) found.push(name);
  }
  return found.sort();
}

const DAMAGES: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ['cut in half', async (path) => truncate(path, Math.floor((await stat(path)).size / 2))],
  [
    'changed in one byte',
    async (path) => {
      const bytes = await readFile(path);
      if (bytes.length > 0) bytes[Math.floor(bytes.length / 2)]! ^= 0x10;
      await writeFile(path, bytes);
    },
  ],
  ['deleted', (path) => rm(path)],
  ['empty', (path) => truncate(path, 0)],
];

describe('a damaged index', () => {
  it.each(DAMAGES)(
    'answers the same when any one of its files was %s, and is whole again',
    async (_, damage) => {
      const names = await files();
      expect(names).toContain('words.snapshot');
      for (const name of names) {
        if (!(await files()).includes(name)) continue;
        await damage(join(tree.indexDir, name));
        await tree.open();
        expect({ name, answers: await answers() }).toEqual({ name, answers: expected });
        expect(tree.index.status().freshness).toEqual({ state: 'fresh', pending: 0 });
        await tree.close();
      }
      expect((await readdir(tree.indexDir)).filter((name) => name.includes('damaged'))).toEqual([]);
    },
  );

  it('has a snapshot of files that were only dated anew, and of those it lacked, for the next start', async () => {
    const snapshot = join(tree.indexDir, 'words.snapshot');
    const before = await readFile(snapshot);
    const saved = async (): Promise<number> => (await stat(snapshot)).mtimeMs;
    // As a backup is restored: the same bytes, other times and inodes.
    for (let n = 0; n < 40; n++) await utimes(tree.path(`a/resources/d${n % 3}/f${n}.md`), n, n);
    // A file that changed a moment before it is read is read once more at the next start; this is the last that did.
    const { ctimeMs } = await stat(tree.path('a/resources/d0/f39.md'));
    await eventually(() => Date.now() - ctimeMs > RACY_MS, { what: 'files that are not changing' });
    const first = await saved();
    await tree.open();
    expect(await answers()).toEqual(expected);
    await tree.close();
    const second = await saved();
    expect(second).toBeGreaterThan(first);
    // An older snapshot than the store, as after a crash before it was written.
    await writeFile(snapshot, before);
    const third = await saved();
    await tree.open();
    expect(await answers()).toEqual(expected);
    await tree.close();
    expect(await saved()).toBeGreaterThan(third);
    const fourth = await saved();
    // What the snapshot has whole is not written again.
    await tree.open();
    expect(await answers()).toEqual(expected);
    await tree.close();
    expect(await saved()).toBe(fourth);
  });

  // Cutting a mapped file ends a process that has no guard; only the addon has one.
  it.skipIf(!surviveTruncatedMaps()).each(DAMAGES)(
    'never gives another answer without saying so when all of its files are %s while it runs, and mends itself',
    async (_, damage) => {
      await tree.open();
      for (const name of await files()) await damage(join(tree.indexDir, name));
      await eventually(
        async () => {
          const { hits, freshness } = await tree.index.search({
            text: QUESTIONS[0]!,
            within: ['a'],
            limit: 10,
          });
          const isSame = JSON.stringify(hits) === JSON.stringify((expected as unknown[])[0]);
          if (!isSame) expect(freshness.state).toBe('stale');
          return isSame && freshness.state === 'fresh';
        },
        { what: 'the same answer' },
      );
      await tree.close();
      await tree.open();
      expect(await answers()).toEqual(expected);
    },
  );

  it('writes records again that it lacks, of what was asked for and by reindex, under the same ids', async () => {
    await tree.open();
    const { passages } = tree.index.status();
    expect(await tree.index.reindex('a')).toEqual({ documents: 40, passages });
    expect(await answers()).toEqual(expected);
  });

  it('repairs itself, or says so, when its files are deleted while it runs', async () => {
    await tree.open();
    for (const name of await files()) await rm(join(tree.indexDir, name), { force: true });
    await tree.write('a/resources/late.md', 'A numbat came late.');
    tree.index.touch(['a/resources/late.md']);
    await eventually(
      async () => {
        const { hits, freshness } = await tree.index.search({ text: 'numbat', within: ['a'], limit: 5 });
        if (hits.length === 0) expect(freshness.state).toBe('stale');
        return hits[0]?.path === 'a/resources/late.md';
      },
      { what: 'the index answers again' },
    );
    await tree.close();
    await tree.open();
    expect((await tree.paths('numbat'))[0]).toBe('a/resources/late.md');
    expect((await tree.paths('subject7'))[0]).toBe('a/resources/d1/f7.md');
    expect(tree.index.status()).toMatchObject({ documents: 41, freshness: { state: 'fresh' } });
  });
});
