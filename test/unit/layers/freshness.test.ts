import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contentPath, withTree } from './tree.ts';

describe('freshness', () => {
  it('a checkout of thousands of files, told of one by one, is built in waves and not file by file', async () => {
    await withTree({ 'readme.md': '# Tree\n\nAll of it.\n' }, async (tree) => {
      await tree.engine.flush();
      const before = tree.builds();
      const files = Array.from({ length: 1_000 }, (_, at) => `d${at % 20}/f${at}.md`);
      for (let at = 0; at < 20; at++) await mkdir(tree.at(`d${at}`));
      for (const file of files) {
        await writeFile(tree.at(file), `# ${file}\n\nAbout ${file}.\n`);
        tree.touch(file);
      }
      await tree.engine.flush();
      // 20 directories and what is above them, in as many waves as a slow disk may need; never once per file.
      expect(tree.builds() - before).toBeLessThan(200);
      expect(await tree.overview('d3')).toContain('f3.md');
    });
  });

  it('a change below that leaves the abstract as it is stops there', async () => {
    await withTree(
      { 'a/b/readme.md': '# B\n\nThe same as ever.\n', 'a/b/data.bin': new Uint8Array([0, 1, 2, 0]) },
      async (tree) => {
        await tree.engine.flush();
        const before = tree.builds();
        await tree.write('a/b/data.bin', new Uint8Array([0, 1, 2, 0, 3]));
        tree.touch('a/b/data.bin');
        await tree.engine.flush();
        expect(tree.builds() - before).toBe(1);
      },
    );
  });

  it('a directory that was read while it was empty never says so once it is not', async () => {
    await withTree({ 'readme.md': '# Tree\n\nAll of it.\n' }, async (tree) => {
      await mkdir(tree.at('big'));
      expect(await tree.abstract('big')).toContain('empty');
      for (let at = 0; at < 300; at++) await tree.write(`big/page-${at}.md`, `# Page ${at}\n\nText.\n`);
      // Told of the parent alone, and asked without time to build anything.
      expect(await tree.abstract('big', 0)).not.toContain('empty');
      expect(await tree.overview('big', 0)).toContain('300 files');
      tree.touch('readme.md');
      expect(await tree.overview('', 5000)).not.toMatch(/`big\/`[^\n]*empty/);
    });
  });

  it('a page pinned as an abstract takes one line above, not the whole overview', async () => {
    const page = 'A long statement by a person about this directory. '.repeat(100);
    const files: Record<string, string> = { 'a/.abstract.md': page, 'a/x.md': '# X\n\nThe x.\n' };
    for (let at = 0; at < 20; at++) files[`other-${at}/y.md`] = `# Y ${at}\n\nThe y of ${at}.\n`;
    await withTree(files, async (tree) => {
      await tree.engine.flush();
      const overview = await tree.overview();
      const line = overview.split('\n').find((text) => text.startsWith('- `a/`'))!;
      expect(line.length).toBeLessThanOrEqual(330);
      for (let at = 0; at < 20; at++) expect(overview).toContain(`\`other-${at}/\``);
    });
  });

  it('one changed file leaves its siblings as they were built', async () => {
    const files: Record<string, string> = {};
    for (let at = 0; at < 30; at++) files[`s${at}/doc.md`] = `# Doc ${at}\n\nSubject ${at}.\n`;
    await withTree(files, async (tree) => {
      await tree.engine.flush();
      const before = tree.builds();
      await tree.write('s7/doc.md', '# Doc 7\n\nQuite another subject.\n');
      const began = performance.now();
      tree.touch('s7/doc.md');
      expect(await tree.overview('s7')).toContain('Quite another subject');
      expect(performance.now() - began).toBeLessThan(2_000);
      await tree.engine.flush();
      // Its own, and what is above it: docs, resources, acme.
      expect(tree.builds() - before).toBeLessThanOrEqual(4);
    });
  });
});

describe('a file', () => {
  it('has layers of its own, and key terms', async () => {
    const text = '# Sails\n\nHow to trim the sails in a strong wind.\n\n## Reefing\n\nReef early.\n';
    await withTree(
      { 'sails.md': text, 'blob.png': new Uint8Array([137, 80, 78, 71, 0, 0]) },
      async (tree) => {
        const layer = await tree.engine.readFile(contentPath('sails.md'), 'abstract');
        expect(layer.text).toContain('Sails: How to trim the sails in a strong wind.');
        expect(layer.text.length).toBeLessThanOrEqual(256);
        expect((await tree.engine.readFile(contentPath('sails.md'), 'overview')).text).toContain('Reefing');
        expect((await tree.engine.readFile(contentPath('blob.png'), 'abstract')).text).toContain('image');
        expect(await tree.engine.terms(contentPath('sails.md'))).toContain('sails');
        expect(await tree.engine.terms(contentPath(''))).toEqual([]);
        await tree.engine.flush();
        expect(await tree.engine.terms(contentPath(''))).toContain('sails');
        await expect(tree.engine.readFile(contentPath('none.md'), 'abstract')).rejects.toThrow(
          'no such file',
        );
      },
    );
  });
});
