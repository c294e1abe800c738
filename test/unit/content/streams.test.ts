import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { withTempDir } from '../../helpers/temp-dir.ts';

const MEGABYTE = Buffer.alloc(1024 ** 2, 'x');

async function withContent(work: (content: ContentStore, dir: string) => Promise<void>): Promise<void> {
  await withTempDir(async (dir) => {
    await work(await openContent(join(dir, 'content'), { stagingDir: join(dir, 'staging') }), dir);
  });
}

async function* pieces(count: number, failAt = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> {
  for (let at = 0; at < count; at++) {
    if (at === failAt) throw new Error('the sender went away');
    yield MEGABYTE;
  }
}

it('writes a stream without holding it, and reads it back', async () => {
  await withContent(async (content) => {
    await content.mkdir('a');
    const before = process.memoryUsage.rss();
    await content.write('a/big.bin', pieces(256));
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * 1024 ** 2);
    expect((await stat(content.resolve('a/big.bin'))).size).toBe(256 * 1024 ** 2);
    const file = await content.open('a/big.bin');
    let sizeBytes = 0;
    for await (const piece of file.stream()) sizeBytes += (piece as Buffer).length;
    expect(sizeBytes).toBe(file.size);
  });
});

it('leaves the old file, and nothing in staging, when a stream ends in the middle', async () => {
  await withContent(async (content, dir) => {
    await content.write('a.txt', 'old');
    for (const exclusive of [false, true]) {
      const path = exclusive ? 'new.txt' : 'a.txt';
      await expect(content.write(path, pieces(8, 3), { exclusive })).rejects.toThrow('the sender went away');
    }
    expect(await readFile(content.resolve('a.txt'), 'utf8')).toBe('old');
    expect(await content.stat('new.txt')).toBeUndefined();
    expect(await readdir(join(dir, 'staging'))).toEqual([]);
  });
});

it('reads any range, and what the file was when it was opened', async () => {
  await withContent(async (content) => {
    await content.write('a.txt', '0123456789');
    const range = await content.open('a.txt');
    expect((await buffer(range.stream({ start: 3, end: 5 }))).toString()).toBe('345');
    const file = await content.open('a.txt');
    await content.append('a.txt', 'more');
    await content.write('a.txt', 'other');
    expect((await buffer(file.stream())).toString()).toBe('0123456789');
    const empty = await content.open('a.txt');
    expect((await buffer(empty.stream({ start: 0, end: -1 }))).length).toBe(0);
    await empty.close();
  });
});
