import { closeSync, openSync, readSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { cachedReader } from '../../../src/mount/index.ts';
import { expectCode } from '../../contract/content-suite.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const TEXT = 'what is in the cache';

describe('reads without the thread pool', () => {
  let dir: TempDir;
  let store: ContentStore;
  /** What the store asked for, each with what it got. */
  let asked: (number | undefined)[];
  let answer: (descriptor: number, buffer: Uint8Array) => number | undefined;

  beforeEach(async () => {
    dir = await tempDir();
    asked = [];
    answer = (descriptor, buffer) => readSync(descriptor, buffer, 0, buffer.length, 0);
    store = await openContent(join(dir.path, 'content'), {
      readCached(descriptor, buffer) {
        const count = answer(descriptor, buffer);
        asked.push(count);
        return count;
      },
    });
    writeFileSync(join(store.dir, 'small'), TEXT);
  });
  afterEach(() => dir.remove());

  it('answer with the whole file', async () => {
    expect((await store.read('small')).toString()).toBe(TEXT);
    expect(asked).toEqual([TEXT.length]);
  });

  it('are not tried for what is large, empty, or more than was asked for', async () => {
    writeFileSync(join(store.dir, 'large'), 'x'.repeat(64 * 1024 + 1));
    writeFileSync(join(store.dir, 'empty'), '');
    expect(await store.read('large')).toHaveLength(64 * 1024 + 1);
    expect(await store.read('empty')).toHaveLength(0);
    await expectCode(store.read('small', 3), 'TOO_LARGE', 'small');
    expect(asked).toEqual([]);
  });

  it('leave to the pool what would wait, and what changes its size meanwhile', async () => {
    answer = () => undefined;
    expect((await store.read('small')).toString()).toBe(TEXT);
    answer = (_descriptor, buffer) => {
      truncateSync(join(store.dir, 'small'), 4);
      return buffer.fill(0, 4).length - (TEXT.length - 4);
    };
    await nextTurn();
    expect((await store.read('small')).toString()).toBe(TEXT.slice(0, 4));
    expect(asked).toEqual([undefined, 4]);
  });

  it('are refused where a directory was exchanged for a symlink after the check', async () => {
    await mkdir(join(store.dir, 'mine'));
    await mkdir(join(store.dir, 'theirs'));
    writeFileSync(join(store.dir, 'mine/f'), 'mine');
    writeFileSync(join(store.dir, 'theirs/f'), 'theirs');
    const real = await store.real('mine/f');
    renameSync(join(store.dir, 'mine'), join(store.dir, 'aside'));
    symlinkSync('theirs', join(store.dir, 'mine'));
    await expectCode(store.read('mine/f', undefined, { real }), 'PERMISSION_DENIED', 'mine/f');
    expect(asked).toEqual([]);
  });

  it('give others their turn', async () => {
    answer = (descriptor, buffer) => {
      const until = performance.now() + 2;
      while (performance.now() < until);
      return readSync(descriptor, buffer, 0, buffer.length, 0);
    };
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    for (let count = 0; count < 20; count++) await store.read('small');
    clearInterval(timer);
    // Two milliseconds each: a turn of four ends after two or three of them, and the next read goes through the pool.
    expect(turns).toBeGreaterThan(2);
    expect(asked.length).toBeLessThan(20);
  });
});

describe('the addon', () => {
  it('reads the beginning of a file, or nothing', async () => {
    const dir = await tempDir();
    writeFileSync(join(dir.path, 'f'), TEXT);
    const file = openSync(join(dir.path, 'f'), 'r');
    const buffer = Buffer.alloc(4);
    // Not every file system knows what it has in its cache.
    const count = cachedReader()!(file, buffer);
    expect([undefined, 4]).toContain(count);
    if (count === 4) expect(buffer.toString()).toBe(TEXT.slice(0, 4));
    closeSync(file);
    await dir.remove();
  });

  it('says nothing of what is no regular file', () => {
    const read = cachedReader()!;
    const directory = openSync('/', 'r');
    expect(read(directory, new Uint8Array(10))).toBeUndefined();
    closeSync(directory);
    expect(read(directory, new Uint8Array(10))).toBeUndefined();
    expect(() => read('x' as unknown as number, new Uint8Array(1))).toThrow(TypeError);
  });
});
