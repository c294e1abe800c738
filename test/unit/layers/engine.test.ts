import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { VikingError } from '../../../src/errors/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { contentPath, freshLayers, ROOT, withTree } from './tree.ts';

const DOCS = {
  'README.md': '# Handbook\n\nHow the storage engine works, from blocks to replicas.\n',
  'engine/wal.md': '# Write-ahead log\n\nThe journal of checksum frames.\n',
  'engine/compaction.md': '# Compaction\n\nMerges levels of checksum frames.\n',
  'engine/deep/notes.md': '# Notes\n\nSmall things about frames.\n',
  'clients/go.md': '# Go client\n\nHow to connect from Go.\n',
};
const DIRECTORIES = ['', 'engine', 'engine/deep', 'clients'];

describe('layers', () => {
  it('are built in the background, children before parents', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      expect(tree.engine.status()).toMatchObject({ directories: 6, pending: 0 });
      const overview = await tree.overview('', 0);
      expect(overview).toContain('- `engine/` — 2 files and 1 directory: Deep, Compaction, Write-ahead log.');
      expect(overview).toContain(
        '- `README.md` — Handbook: How the storage engine works, from blocks to replicas.',
      );
      expect(await tree.engine.freshness(ROOT)).toBe('fresh');
      expect(tree.listed('')).toEqual(['abstract', 'overview']);
    });
  });

  it('are built by a read that comes first, children and all', async () => {
    await withTree(DOCS, async (tree) => {
      const [a, b, c] = await Promise.all([tree.overview(), tree.overview(), tree.abstract('engine')]);
      expect(a).toBe(b);
      expect(c).toContain('Compaction');
      expect(a).toContain('Go client');
      expect(await tree.overview('engine')).toContain('- `deep/` — 1 file: Notes.');
      expect(await tree.engine.read(ROOT, 'abstract', 1000)).toMatchObject({
        freshness: 'fresh',
        madeBy: 'embedded',
      });
    });
  });

  it('say that a directory is not there, or is none', async () => {
    await withTree(DOCS, async (tree) => {
      await expect(tree.abstract('nowhere')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(tree.abstract('README.md')).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
      await expect(tree.engine.read(`${ROOT}/../docs`, 'abstract', 100)).rejects.toMatchObject({
        code: 'INVALID_URI',
      });
    });
  });

  it('are fresh at once after a write nobody told of', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      await tree.write('clients/rust.md', '# Rust client\n\nHow to connect from Rust.\n');
      expect(await tree.engine.freshness(contentPath('clients'))).toBe('stale');
      expect(await tree.overview('clients')).toContain('`rust.md`');
      expect(await tree.engine.freshness(contentPath('clients'))).toBe('fresh');
    });
  });

  it('follow a change deep below once they are told, up to the top', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      await tree.write('engine/deep/README.md', '# Quirks\n\nOdd behaviour of torn frames.\n');
      tree.touch('engine/deep/README.md');
      expect(await tree.engine.freshness(ROOT)).toBe('stale');
      expect(await tree.overview('engine')).toContain('Quirks: Odd behaviour of torn frames.');
      await tree.engine.flush();
      expect(await tree.all(DIRECTORIES)).toEqual(await freshLayers(tree, DIRECTORIES));
    });
  });

  it('are the same after any changes as when built anew', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      await rename(tree.at('clients'), tree.at('drivers'));
      tree.touch('clients', 'drivers');
      await tree.engine.flush();
      await tree.write('drivers/more/java.md', '# Java client\n\nHow to connect from Java.\n');
      await tree.remove('engine/compaction.md');
      tree.touch('drivers/more', 'engine/compaction.md');
      await tree.engine.flush();
      await tree.write('engine/wal.md', '# Journal\n\nSomething else entirely about segments.\n');
      tree.touch('engine/wal.md');
      await tree.engine.flush();
      await tree.remove('engine/deep');
      tree.touch('engine/deep');
      await tree.engine.flush();
      const now = ['', 'engine', 'drivers', 'drivers/more'];
      expect(await tree.all(now)).toEqual(await freshLayers(tree, now));
      expect(await tree.overview()).not.toContain('clients/');
      expect(tree.engine.status()).toMatchObject({ directories: 6, pending: 0 });
      expect(await tree.engine.abstracts([contentPath('clients'), contentPath('engine/deep')])).toEqual([
        undefined,
        undefined,
      ]);
    });
  });

  it('learn at open what changed while nobody watched', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      await tree.engine.close();
      await tree.write('engine/deep/notes.md', '# Notes\n\nNow about compression entirely.\n');
      await tree.remove('clients');
      await tree.write('faq/install.md', '# Installing\n\nWhat to do first.\n');
      await tree.reopen();
      await tree.engine.flush();
      const now = ['', 'engine', 'engine/deep', 'faq'];
      expect(await tree.all(now)).toEqual(await freshLayers(tree, now));
      expect(tree.engine.status().directories).toBe(6);
    });
  });

  it('leave nothing behind of a tree that was read in part and then replaced', async () => {
    await withTree(
      { 'a/b/c/one.md': 'One.', 'a/b-x/two.md': 'Two.', 'a/b/d/three.md': 'Three.' },
      async (tree) => {
        for (const path of ['a/b/c', 'a/b-x', 'a/b/d']) await tree.abstract(path);
        await rename(tree.at('a'), tree.at('away'));
        await mkdir(tree.at('a/b'), { recursive: true });
        tree.touch('a', 'away');
        await tree.engine.flush();
        // acme, resources, docs, a, a/b, and away with its four.
        expect(tree.engine.status()).toMatchObject({ directories: 10, pending: 0 });
      },
    );
  });

  it('are not built again when nothing changed', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      const before = await tree.engine.read(ROOT, 'overview', 1000);
      await tree.reopen();
      tree.touch('README.md', 'engine/wal.md', '');
      await tree.engine.flush();
      expect(await tree.engine.read(ROOT, 'overview', 1000)).toEqual(before);
    });
  });

  it('do not stop at a parent when the child only says the same', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      const { madeAt } = await tree.engine.read(ROOT, 'overview', 1000);
      await tree.write('engine/deep/.hidden', 'x');
      tree.touch('engine/deep/.hidden', 'engine/deep');
      await tree.engine.flush();
      expect((await tree.engine.read(ROOT, 'overview', 1000)).madeAt).toBe(madeAt);
      expect(await tree.engine.freshness(ROOT)).toBe('fresh');
    });
  });

  it('are answered while a wave of thousands runs', async () => {
    const files: Record<string, string> = { ...DOCS };
    for (let at = 0; at < 300; at++) files[`many/d${at}/a.md`] = `# Part ${at}\n\nAbout part ${at}.\n`;
    await withTree(files, async (tree) => {
      const began = performance.now();
      const { text } = await tree.engine.read(contentPath('clients'), 'overview', 2000);
      expect(text).toContain('`go.md`');
      expect(performance.now() - began).toBeLessThan(2000);
      await tree.engine.flush();
      expect(await tree.overview('many')).toContain('Shows 32 of 300 entries.');
    });
  });
});

describe('a read without time', () => {
  it('gets the last layer there was from a directory that is being changed, and nothing is built for it', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      await tree.write('clients/rust.md', '# Rust client\n\nHow to connect from Rust.\n');
      const last = await tree.engine.readLast(contentPath('clients'), 'overview');
      expect(last.freshness).toBe('stale');
      expect(last.text).toContain('go.md');
      expect(last.text).not.toContain('rust.md');
      expect(await tree.engine.freshness(contentPath('clients'))).toBe('stale');
      expect(tree.engine.status().pending).toBe(0);
      await tree.write('clients/.overview.md', 'Pinned words.\n');
      expect(await tree.engine.readLast(contentPath('clients'), 'overview')).toMatchObject({
        text: 'Pinned words.\n',
        madeBy: 'pinned',
      });
      await expect(tree.engine.readLast(contentPath('nowhere'), 'overview')).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    });
  });

  it('gets the last layer there was, marked stale, and the new one soon', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      await tree.write('clients/rust.md', '# Rust client\n\nText.\n');
      const stale = await tree.engine.read(contentPath('clients'), 'overview', 0);
      expect(stale.freshness).toBe('stale');
      expect(stale.text).not.toContain('rust.md');
      await eventually(
        async () => (await tree.engine.read(contentPath('clients'), 'overview', 0)).text.includes('rust.md'),
        {
          what: 'the layer that was queued',
        },
      );
    });
  });

  it('gets a shallow one when there was none', async () => {
    await withTree({}, async (tree) => {
      await tree.engine.flush();
      await tree.write('new/sub/a.md', '# A\n\nText of a.\n');
      await tree.write('new/README.md', '# Newcomer\n\nJust arrived here.\n');
      const { text, freshness } = await tree.engine.read(contentPath('new'), 'overview', 0);
      expect(freshness).toBe('stale');
      expect(text).toContain('- `sub/`');
      await tree.engine.flush();
      expect(await tree.overview('new')).toContain('A');
      expect(await tree.engine.freshness(contentPath('new'))).toBe('fresh');
    });
  });
});

describe('a pinned layer', () => {
  it('is text: a file of many megabytes under its name is not read', async () => {
    await withTree({ ...DOCS, '.abstract.md': 'x'.repeat(5 * 1024 * 1024) }, async (tree) => {
      expect(await tree.engine.read(ROOT, 'abstract', 1_000)).toMatchObject({ madeBy: 'embedded' });
    });
  });

  it('wins always, is quoted above, and is let go of when it is gone', async () => {
    await withTree({ ...DOCS, 'engine/.abstract.md': 'The heart of it.\n' }, async (tree) => {
      await tree.engine.flush();
      expect(await tree.engine.read(contentPath('engine'), 'abstract', 0)).toEqual({
        text: 'The heart of it.\n',
        freshness: 'fresh',
        madeBy: 'pinned',
        madeAt: 0,
      });
      expect(await tree.overview()).toContain('- `engine/` — The heart of it.');
      expect((await tree.overview('engine')).split('\n\n')[1]).toBe('The heart of it.');
      await tree.remove('engine/.abstract.md');
      tree.touch('engine/.abstract.md');
      expect(await tree.abstract('engine')).toContain('Compaction');
      expect(await tree.overview()).not.toContain('The heart of it.');
    });
  });

  it('of an overview leaves the abstract to be generated', async () => {
    await withTree({ ...DOCS, 'engine/.overview.md': '# Mine\n' }, async (tree) => {
      expect(await tree.overview('engine')).toBe('# Mine\n');
      expect(await tree.engine.read(contentPath('engine'), 'abstract', 1000)).toMatchObject({
        madeBy: 'embedded',
      });
      expect(tree.listed('engine')).toEqual(['abstract', 'overview']);
    });
  });

  it('is never answered from the past once it is gone', async () => {
    await withTree({ ...DOCS, 'engine/.abstract.md': 'Old words.\n' }, async (tree) => {
      await tree.engine.flush();
      await tree.remove('engine/.abstract.md');
      const { text, madeBy } = await tree.engine.read(contentPath('engine'), 'abstract', 0);
      expect(madeBy).toBe('embedded');
      expect(text).not.toContain('Old words');
    });
  });
});

describe('generated texts', () => {
  it('are known again, with any white space at the end, and after they were replaced', async () => {
    await withTree(DOCS, async (tree) => {
      const old = await tree.overview('clients');
      await tree.write('clients/rust.md', '# Rust client\n\nText.\n');
      expect(await tree.overview('clients')).not.toBe(old);
      await tree.reopen();
      expect(await tree.engine.isGenerated(`${old}\n`)).toBe(true);
      expect(await tree.engine.isGenerated(`${old}\nMine.`)).toBe(false);
      expect(await tree.engine.isGenerated('')).toBe(false);
    });
  });

  it('do not include what a person pinned', async () => {
    await withTree({ ...DOCS, '.abstract.md': 'By hand.' }, async (tree) => {
      await tree.engine.flush();
      expect(await tree.engine.isGenerated('By hand.')).toBe(false);
    });
  });

  it('can be dropped, and come back when asked for', async () => {
    await withTree(DOCS, async (tree) => {
      await tree.engine.flush();
      await tree.engine.drop(contentPath('clients'), 'abstract');
      expect(tree.listed('clients')).toEqual(['overview']);
      expect(await tree.engine.abstracts([contentPath('clients')])).toEqual([undefined]);
      await tree.engine.flush();
      expect(tree.listed('clients')).toEqual(['overview']);
      expect(await tree.abstract('clients')).toContain('Go client');
      expect(tree.listed('clients')).toEqual(['abstract', 'overview']);
      await tree.engine.drop(contentPath('clients'));
      expect(tree.listed('clients')).toEqual([]);
      await tree.engine.drop(contentPath('nowhere'));
    });
  });
});

describe('what is not described', () => {
  it('is hidden directories, and node_modules, until somebody asks', async () => {
    await withTree(
      { ...DOCS, '.git/config': 'x', 'node_modules/left/README.md': '# Left\n\nPads it.\n' },
      async (tree) => {
        await tree.engine.flush();
        expect(await tree.engine.freshness(contentPath('.git'))).toBe('missing');
        const overview = await tree.overview();
        expect(overview).not.toContain('.git');
        expect(overview).toContain('- `node_modules/` — installed or compiled files, not described');
        expect(await tree.overview('.git')).toContain('`config`');
        expect(await tree.overview('node_modules/left')).toContain('Left: Pads it.');
        expect(await tree.overview()).toBe(overview);
        expect(await tree.engine.freshness(ROOT)).toBe('fresh');
      },
    );
  });

  it('is special files, and links are named by where they go', async () => {
    await withTree(DOCS, async (tree) => {
      execFileSync('mkfifo', [tree.at('clients/pipe')]);
      await symlink('go.md', tree.at('clients/link'));
      await symlink('/etc/passwd', tree.at('clients/out'));
      await symlink('loop', tree.at('clients/loop'));
      await mkdir(tree.at('clients/empty'));
      const overview = await tree.overview('clients');
      expect(overview).toContain('- `pipe` — not a regular file');
      expect(overview).toContain('- `link` — link to go.md');
      expect(overview).toContain('- `out` — link to /etc/passwd');
      expect(overview).toContain('- `loop` — link to loop');
      expect(overview).toContain('- `empty/` — Empty.');
      expect(overview).not.toContain('root:');
    });
  });

  it('is what cannot be read: named as such, and described once it can', async () => {
    await withTree(DOCS, async (tree) => {
      const locked = new Set([contentPath('engine/wal.md'), contentPath('clients')]);
      await tree.reopen(await contentWithLocked(tree.contentDir, locked));
      await tree.write('engine/wal.md', '# Changed\n\nSomething new.\n');
      await tree.write('clients/new.md', 'x');
      tree.touch('engine/wal.md', 'clients');
      await tree.engine.flush();
      expect(await tree.overview('engine')).toContain('- `wal.md` — cannot be read (permission denied)');
      expect(await tree.overview()).toContain('- `clients/` — cannot be read (permission denied)');
      expect(await tree.engine.read(contentPath('clients'), 'abstract', 100)).toMatchObject({
        freshness: 'failed',
      });
      locked.clear();
      await tree.write('engine/wal.md', '# Changed again\n\nSomething new.\n');
      tree.touch('clients', 'engine/wal.md');
      await tree.engine.flush();
      expect(await tree.all(DIRECTORIES)).toEqual(await freshLayers(tree, DIRECTORIES));
    });
  });
});

describe('the size of things', () => {
  it('a directory of ten thousand files is described within seconds, and says it is sampled', async () => {
    await withTree({}, async (tree) => {
      await mkdir(tree.at('big'));
      for (let from = 0; from < 10_000; from += 500) {
        await Promise.all(
          Array.from({ length: 500 }, (_, at) =>
            tree.write(`big/n${from + at}.md`, `# Note ${from + at}\n\nAbout frames.\n`),
          ),
        );
      }
      tree.touch('big');
      const { text, freshness } = await tree.engine.read(contentPath('big'), 'overview', 10_000);
      expect(freshness).toBe('fresh');
      expect(text.split('\n').at(-1)).toBe('Shows 32 of 10000 entries.');
    });
  });

  it('a file of many megabytes costs its two ends', async () => {
    const big = Buffer.alloc(30 << 20, 'filler text \n');
    big.write('# Log of the voyage\n\nAll entries of the ship.\n');
    await withTree({ 'big.md': big }, async (tree) => {
      expect(await tree.overview()).toContain(
        '30 MB, described from its head and tail. Log of the voyage: All entries of the ship.',
      );
    });
  });
});

/** Real content, of which some entries answer as they would to a user without permission (tests may run as root). */
async function contentWithLocked(contentDir: string, locked: ReadonlySet<string>): Promise<ContentStore> {
  const content = await openContent(contentDir);
  const guarded = <T>(path: string, work: () => Promise<T>): Promise<T> =>
    locked.has(path)
      ? Promise.reject(new VikingError('PERMISSION_DENIED', `${path}: permission denied`))
      : work();
  return {
    ...content,
    list: (path) => guarded(path, () => content.list(path)),
    read: (path, limit) => guarded(path, () => content.read(path, limit)),
  };
}
