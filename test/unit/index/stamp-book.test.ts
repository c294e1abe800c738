import { lstatSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stampOf } from '../../../src/index/catalogue.ts';
import { StampBook } from '../../../src/index/stamp-book.ts';
import { withTempDir } from '../../helpers/temp-dir.ts';

it('forgets the inode that a replaced file left: the disk gives it to the next file', async () => {
  await withTempDir(async (dir) => {
    await writeFile(join(dir, 'next.md'), 'next');
    const found = lstatSync(join(dir, 'next.md'));
    const left = stampOf(found);
    const book = new StampBook(dir);
    book.set('replaced.md', left);
    book.set('replaced.md', [left[0], left[1], left[2], left[3] + 1]);
    expect(book.movedFrom('next.md', found)).toBeUndefined();
    book.delete('replaced.md');
    expect(book.movedFrom('next.md', found)).toBeUndefined();
    book.set('gone.md', left);
    expect(book.movedFrom('next.md', found)).toBe('gone.md');
  });
});
