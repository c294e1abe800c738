import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentEntry, ContentStore } from '../../src/content/index.ts';
import { VikingError } from '../../src/errors/index.ts';

export interface OpenedContent {
  readonly store: ContentStore;
  close(): Promise<void>;
}

/** What any content store must do. `open` gives an empty one. */
export function contentSuite(name: string, open: () => Promise<OpenedContent>): void {
  describe(`content store: ${name}`, () => {
    let opened: OpenedContent;
    let store: ContentStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    describe('read and write', () => {
      it('gives back what was written, as text and as bytes', async () => {
        await store.write('a.md', 'häuser 🏠');
        expect((await store.read('a.md')).toString()).toBe('häuser 🏠');
        const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
        await store.write('b.bin', bytes);
        expect(new Uint8Array(await store.read('b.bin'))).toEqual(bytes);
        await store.write('empty', '');
        expect(await store.read('empty')).toHaveLength(0);
      });

      it('replaces what was there', async () => {
        await store.write('a.md', 'a long first version');
        await store.write('a.md', 'short');
        expect((await store.read('a.md')).toString()).toBe('short');
      });

      it('puts plain files where resolve says', async () => {
        await store.mkdir('acct/resources');
        await store.write('acct/resources/a.md', 'plain');
        expect(await readFile(join(store.dir, 'acct/resources/a.md'), 'utf8')).toBe('plain');
        expect(store.resolve('acct/resources/a.md')).toBe(join(store.dir, 'acct/resources/a.md'));
        expect(store.resolve('')).toBe(store.dir);
      });

      it('makes an exclusive file once, whoever asks at the same time', async () => {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 8 }, (_, index) => store.write('lock', `${index}`, { exclusive: true })),
        );
        expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
        for (const one of outcomes)
          if (one.status === 'rejected') expect(one.reason.code).toBe('ALREADY_EXISTS');
        expect((await store.read('lock')).toString()).toMatch(/^\d$/);
      });

      it('never shows a mixture of two writes', async () => {
        const versions = ['a'.repeat(200_000), 'b'.repeat(150_000)];
        await store.write('f', versions[0]!);
        let writing = true;
        const reader = (async () => {
          while (writing) expect(versions).toContain((await store.read('f')).toString());
        })();
        for (let round = 0; round < 30; round += 1) await store.write('f', versions[round % 2]!);
        writing = false;
        await reader;
      });

      it('lets many write one file at once; one of them stays, whole', async () => {
        const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(5_000));
        await Promise.all(texts.map((text) => store.write('f', text)));
        expect(texts).toContain((await store.read('f')).toString());
        expect((await store.list('')).map((entry) => entry.name)).toEqual(['f']);
      });

      it('refuses to read more than the limit', async () => {
        await store.write('f', '12345');
        expect((await store.read('f', 5)).toString()).toBe('12345');
        await expectCode(store.read('f', 4), 'TOO_LARGE');
        await expectCode(store.read('f', 0), 'TOO_LARGE');
      });

      it('says what is wrong with the path', async () => {
        await store.mkdir('dir');
        await store.write('file', 'x');
        await expectCode(store.read('missing'), 'NOT_FOUND', 'missing');
        await expectCode(store.read('dir'), 'IS_DIRECTORY', 'dir');
        await expectCode(store.read(''), 'IS_DIRECTORY');
        await expectCode(store.read('file/below'), 'NOT_DIRECTORY');
        await expectCode(store.write('missing/a', 'x'), 'NOT_FOUND', 'missing');
        await expectCode(store.write('dir', 'x'), 'IS_DIRECTORY', 'dir');
        await expectCode(store.write('dir', 'x', { exclusive: true }), 'ALREADY_EXISTS', 'dir');
        await expectCode(store.write('file/below', 'x'), 'NOT_DIRECTORY');
      });
    });

    describe('append', () => {
      it('adds at the end, in order', async () => {
        await store.write('log', 'one\n');
        await store.append('log', 'two\n');
        await store.append('log', Buffer.from('three\n'));
        await store.append('log', '');
        expect((await store.read('log')).toString()).toBe('one\ntwo\nthree\n');
      });

      it('keeps lines of many writers apart', async () => {
        await store.append('log', '', { create: true });
        const lines = Array.from({ length: 50 }, (_, index) => `${index}:${'x'.repeat(500)}\n`);
        await Promise.all(lines.map((line) => store.append('log', line)));
        const found = (await store.read('log')).toString().split('\n').slice(0, -1);
        expect(found.map((line) => `${line}\n`).sort()).toEqual([...lines].sort());
      });

      it('makes the file only when asked to', async () => {
        await expectCode(store.append('log', 'x'), 'NOT_FOUND', 'log');
        await store.append('log', 'x', { create: true });
        expect((await store.read('log')).toString()).toBe('x');
        await store.mkdir('dir');
        await expectCode(store.append('dir', 'x'), 'IS_DIRECTORY');
        await expectCode(store.append('dir', 'x', { create: true }), 'IS_DIRECTORY');
      });
    });

    describe('directories', () => {
      it('makes parents, and is content with what exists', async () => {
        await store.mkdir('a/b/c');
        await store.mkdir('a/b/c');
        await store.mkdir('');
        expect((await store.stat('a/b/c'))?.kind).toBe('directory');
      });

      it('makes one directory for many who ask at once', async () => {
        await Promise.all(Array.from({ length: 10 }, (_, index) => store.mkdir(`a/b/${index % 3}`)));
        expect((await store.list('a/b')).map((entry) => entry.name)).toEqual(['0', '1', '2']);
      });

      it('does not put a directory over or below a file', async () => {
        await store.write('file', 'x');
        await expectCode(store.mkdir('file'), 'ALREADY_EXISTS', 'file');
        await expectCode(store.mkdir('file/below'), 'NOT_DIRECTORY', 'file');
        expect((await store.read('file')).toString()).toBe('x');
      });
    });

    describe('stat and list', () => {
      it('tells kind, size and a stamp that changes with the content', async () => {
        await store.write('f', '12345');
        const before = (await store.stat('f'))!;
        expect(before).toMatchObject({ path: 'f', name: 'f', kind: 'file', size: 5 });
        await store.write('f', '54321');
        const after = (await store.stat('f'))!;
        expect([after.mtimeMs, after.ctimeMs, after.ino]).not.toEqual([
          before.mtimeMs,
          before.ctimeMs,
          before.ino,
        ]);
        expect(await store.stat('missing')).toBeUndefined();
        expect(await store.stat('f/below')).toBeUndefined();
        expect(await store.stat('missing/below')).toBeUndefined();
        expect(await store.stat('')).toMatchObject({ path: '', name: '', kind: 'directory' });
      });

      it('lists one level in code-point order', async () => {
        // UTF-16 order would put the emoji before U+FF5E.
        const names = ['.hidden', 'A', 'Z.md', 'a', 'a b', 'ä', '\uff5e', '🏠'];
        for (const name of [...names].reverse()) await store.write(name, name);
        await store.mkdir('a-dir/below');
        const entries = await store.list('');
        expect(entries.map((entry) => entry.name)).toEqual([
          ...names.slice(0, 5),
          'a-dir',
          ...names.slice(5),
        ]);
        expect(entries.find((entry) => entry.name === 'a-dir')?.kind).toBe('directory');
        expect((await store.list('a-dir'))[0]).toMatchObject({ path: 'a-dir/below', name: 'below' });
      });

      it('says when there is nothing to list', async () => {
        await store.write('f', 'x');
        await expectCode(store.list('missing'), 'NOT_FOUND', 'missing');
        await expectCode(store.list('f'), 'NOT_DIRECTORY');
      });
    });

    describe('walk', () => {
      beforeEach(async () => {
        for (const dir of ['a/b/c', 'z', '.git/objects', 'a/.cache']) await store.mkdir(dir);
        for (const file of ['a/b/c/d.md', 'a/b/e.md', 'a/.abstract.md', 'm.md', '.git/objects/x', 'z/y.md']) {
          await store.write(file, file);
        }
      });

      it('visits parents before children, each directory by name, without hidden names', async () => {
        const visible = ['a', 'a/b', 'a/b/c', 'a/b/c/d.md', 'a/b/e.md', 'm.md', 'z', 'z/y.md'];
        expect(await walked(store.walk(''))).toEqual(visible);
        expect(await walked(store.walk('a/b'))).toEqual(['a/b/c', 'a/b/c/d.md', 'a/b/e.md']);
      });

      it('visits hidden names when asked to', async () => {
        const all = await walked(store.walk('', { hidden: true }));
        expect(all).toContain('.git/objects/x');
        expect(all).toContain('a/.abstract.md');
        expect(all.indexOf('.git')).toBeLessThan(all.indexOf('a'));
      });

      it('goes as deep as asked', async () => {
        expect(await walked(store.walk('', { depth: 1 }))).toEqual(['a', 'm.md', 'z']);
        expect(await walked(store.walk('', { depth: 2 }))).toEqual(['a', 'a/b', 'm.md', 'z', 'z/y.md']);
        expect(await walked(store.walk('', { depth: 0 }))).toEqual([]);
      });

      it('stops at a signal', async () => {
        const controller = new AbortController();
        const seen: string[] = [];
        const walking = (async () => {
          for await (const entry of store.walk('', { signal: controller.signal })) {
            seen.push(entry.path);
            controller.abort();
          }
        })();
        await expect(walking).rejects.toThrow();
        expect(seen).toEqual(['a']);
        await expect(walked(store.walk('', { signal: AbortSignal.abort() }))).rejects.toThrow();
      });

      it('passes over what vanishes under it', async () => {
        const seen: string[] = [];
        for await (const entry of store.walk('')) {
          seen.push(entry.path);
          if (entry.path === 'a') await store.remove('a', { recursive: true });
        }
        expect(seen).toEqual(['a', 'm.md', 'z', 'z/y.md']);
        await expectCode(walked(store.walk('a')), 'NOT_FOUND');
      });
    });

    describe('remove', () => {
      it('counts what went', async () => {
        await store.mkdir('a/b');
        await store.write('a/b/f', 'x');
        await store.write('a/.hidden', 'x');
        expect(await store.remove('a/b/f')).toBe(1);
        expect(await store.remove('a/b/f')).toBe(0);
        expect(await store.remove('missing/below')).toBe(0);
        await store.write('a/b/f', 'x');
        expect(await store.remove('a', { recursive: true })).toBe(4);
        expect(await store.list('')).toEqual([]);
      });

      it('keeps a directory that is not empty', async () => {
        await store.mkdir('a');
        await store.write('a/f', 'x');
        await expectCode(store.remove('a'), 'NOT_EMPTY', 'a');
        expect((await store.read('a/f')).toString()).toBe('x');
        await store.remove('a/f');
        expect(await store.remove('a')).toBe(1);
      });

      it('does not remove the content directory', async () => {
        await store.write('f', 'x');
        await expectCode(store.remove('', { recursive: true }), 'INVALID_ARGUMENT');
        expect((await store.read('f')).toString()).toBe('x');
      });
    });

    describe('move', () => {
      it('moves files and directories', async () => {
        await store.mkdir('a/b');
        await store.write('a/b/f', 'x');
        await store.mkdir('c');
        await store.move('a/b', 'c/d');
        expect((await store.read('c/d/f')).toString()).toBe('x');
        await store.move('c/d/f', 'g');
        expect((await store.read('g')).toString()).toBe('x');
        await store.move('g', 'g');
        expect(await walked(store.walk(''))).toEqual(['a', 'c', 'c/d', 'g']);
      });

      it('replaces only when asked to, and nothing when it cannot be done', async () => {
        await store.write('a', 'new');
        await store.write('b', 'old');
        await store.mkdir('dir');
        await expectCode(store.move('a', 'b'), 'ALREADY_EXISTS', 'b');
        expect((await store.read('b')).toString()).toBe('old');
        await store.move('a', 'b', { replace: true });
        expect((await store.read('b')).toString()).toBe('new');
        await store.write('dir/inner', 'inner');
        await expectCode(store.move('dir/inner', 'dir', { replace: true }), 'INVALID_ARGUMENT', 'dir');
        await expectCode(store.move('none', 'dir', { replace: true }), 'NOT_FOUND', 'none');
        await store.mkdir('other');
        await store.write('other/kept', 'kept');
        await store.move('dir', 'other', { replace: true });
        expect(await walked(store.walk(''))).toEqual(['b', 'other', 'other/inner']);
        await store.move('b', 'other', { replace: true });
        expect((await store.read('other')).toString()).toBe('new');
        await store.mkdir('dir');
        await store.move('dir', 'other', { replace: true });
        expect(await walked(store.walk(''))).toEqual(['other']);
      });

      it('lets one of many that move to one name at once have it, and keeps the others where they were', async () => {
        const names = Array.from({ length: 20 }, (_, index) => `from-${index}`);
        for (const name of names) await store.write(name, name);
        const outcomes = await Promise.allSettled(names.map((name) => store.move(name, 'goal')));
        const winners = names.filter((_, index) => outcomes[index]!.status === 'fulfilled');
        expect(winners).toHaveLength(1);
        expect(String(await store.read('goal'))).toBe(winners[0]);
        for (const name of names.filter((other) => other !== winners[0])) {
          expect(String(await store.read(name))).toBe(name);
        }
        for (const outcome of outcomes.filter((other) => other.status === 'rejected')) {
          expect(outcome.reason).toMatchObject({ code: 'ALREADY_EXISTS' });
        }
      });

      it('says what cannot be moved', async () => {
        await store.mkdir('a/b');
        await expectCode(store.move('missing', 'x'), 'NOT_FOUND', 'missing');
        await expectCode(store.move('a', 'missing/x'), 'NOT_FOUND', 'missing');
        await expectCode(store.move('a', 'a/b/c'), 'INVALID_ARGUMENT', 'a');
        await expectCode(store.move('', 'x'), 'INVALID_ARGUMENT');
        await store.mkdir('ab');
        await store.move('a', 'ab/a');
        expect((await store.stat('ab/a/b'))?.kind).toBe('directory');
      });
    });

    describe('hostile paths', () => {
      const LONGEST = 'n'.repeat(255);
      it.each(['../x', 'a/../../x', '/etc/passwd', '.', 'a//b', 'a/', 'a\0b', '\ud800', 'a/\udfff.md'])(
        'refuses %j everywhere',
        async (path) => {
          expect(() => store.resolve(path)).toThrow(expect.objectContaining({ code: 'INVALID_URI' }));
          await expectCode(store.stat(path), 'INVALID_URI');
          await expectCode(store.read(path), 'INVALID_URI');
          await expectCode(store.write(path, 'x'), 'INVALID_URI');
          await expectCode(store.append(path, 'x', { create: true }), 'INVALID_URI');
          await expectCode(store.mkdir(path), 'INVALID_URI');
          await expectCode(store.remove(path), 'INVALID_URI');
          await expectCode(store.move(path, 'x'), 'INVALID_URI');
          await store.write('y', 'y');
          await expectCode(store.move('y', path), 'INVALID_URI');
          await expectCode(store.list(path), 'INVALID_URI');
          await expectCode(walked(store.walk(path)), 'INVALID_URI');
        },
      );

      it('takes 255 bytes of name and no more', async () => {
        await store.write(LONGEST, 'x');
        expect((await store.read(LONGEST)).toString()).toBe('x');
        await store.mkdir(`d/${'ä'.repeat(127)}`);
        await expectCode(store.write(`${LONGEST}n`, 'x'), 'NAME_TOO_LONG');
        await expectCode(store.mkdir('ä'.repeat(128)), 'NAME_TOO_LONG');
      });

      it('takes names that mean something to a shell', async () => {
        for (const name of ['-rf', '*', '$HOME', 'a;b', "it's", '"', 'new\nline', '~', '...', ' ']) {
          await store.write(name, name);
          expect((await store.read(name)).toString()).toBe(name);
          expect(await store.remove(name)).toBe(1);
        }
      });

      it('refuses a path longer than the system takes, without harm', async () => {
        const deep = Array.from({ length: 30 }, () => LONGEST).join('/');
        await expectCode(store.mkdir(deep), 'NAME_TOO_LONG');
        expect(await store.remove(LONGEST, { recursive: true })).toBeGreaterThan(0);
      });
    });

    describe('symlinks', () => {
      it('follows one that stays inside', async () => {
        await store.mkdir('real/deep');
        await store.write('real/f', 'inside');
        await symlink('real/f', join(store.dir, 'link'));
        await symlink('real', join(store.dir, 'dirlink'));
        expect((await store.read('link')).toString()).toBe('inside');
        expect(await store.stat('link')).toMatchObject({ kind: 'file', size: 6, path: 'link', name: 'link' });
        expect((await store.read('dirlink/f')).toString()).toBe('inside');
        await store.append('link', '!');
        expect((await store.read('real/f')).toString()).toBe('inside!');
        await store.mkdir('dirlink/deep/er');
        expect((await store.stat('real/deep/er'))?.kind).toBe('directory');
      });

      it('reports symlinks in lists and walks as themselves', async () => {
        await store.mkdir('real');
        await store.write('real/f', 'x');
        await symlink('real', join(store.dir, 'link'));
        await symlink('.', join(store.dir, 'real/self'));
        expect((await store.list('')).map((entry) => [entry.name, entry.kind])).toEqual([
          ['link', 'symlink'],
          ['real', 'directory'],
        ]);
        expect(await walked(store.walk(''))).toEqual(['link', 'real', 'real/f', 'real/self']);
      });

      it('replaces a symlink instead of what it points to', async () => {
        await store.write('target', 'kept');
        await symlink('target', join(store.dir, 'link'));
        await store.write('link', 'own');
        expect((await store.read('target')).toString()).toBe('kept');
        expect((await store.list('')).map((entry) => entry.kind)).toEqual(['file', 'file']);
      });

      it('removes and moves a symlink as itself', async () => {
        await store.mkdir('real');
        await store.write('real/f', 'kept');
        await symlink('real', join(store.dir, 'link'));
        await store.move('link', 'link2');
        expect(await store.remove('link2', { recursive: true })).toBe(1);
        expect((await store.read('real/f')).toString()).toBe('kept');
      });

      it('meets a dangling one and a loop without harm', async () => {
        await symlink('nowhere', join(store.dir, 'dangling'));
        await symlink('loop', join(store.dir, 'loop'));
        expect((await store.stat('dangling'))?.kind).toBe('symlink');
        expect((await store.stat('loop'))?.kind).toBe('symlink');
        await expectCode(store.read('dangling'), 'NOT_FOUND');
        await expectCode(store.read('loop'), 'INVALID_ARGUMENT', 'loop');
        await expectCode(store.read('loop/below'), 'INVALID_ARGUMENT');
        await expectCode(store.append('dangling', 'x', { create: true }), 'NOT_FOUND');
        expect(await store.remove('dangling')).toBe(1);
        expect(await store.remove('loop')).toBe(1);
      });
    });

    it('leaves staging names out of lists and walks', async () => {
      await writeFile(join(store.dir, '.vikingfs-00.tmp'), 'half');
      expect(await store.list('')).toEqual([]);
      expect(await walked(store.walk('', { hidden: true }))).toEqual([]);
    });
  });
}

/** Expects the work to fail with our error of `code`, naming `text`. */
export async function expectCode(work: Promise<unknown>, code: string, text = ''): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VikingError);
  expect((error as VikingError).code, (error as VikingError).message).toBe(code);
  expect((error as VikingError).message).toContain(text);
}

async function walked(entries: AsyncIterable<ContentEntry>): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of entries) paths.push(entry.path);
  return paths;
}
