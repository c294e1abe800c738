import { randomBytes } from 'node:crypto';
import { link, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileData, syncDirectory } from '../base/atomic-write.ts';

/**
 * Makes a file that must not exist, whole and durable. The written file gets its name by a hard link, which unlike a
 * rename fails with EEXIST; a reader never sees a part of it.
 */
export async function createExclusive(path: string, data: FileData, stagingDir: string): Promise<void> {
  const temporary = join(stagingDir, `.vikingfs-${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await writeFile(file, data);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
}
