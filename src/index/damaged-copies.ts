import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../base/log.ts';

/** Removes what was set aside as damaged in the index's directory: it is built anew from content. Never throws. */
export async function removeDamagedCopies(dir: string, log: Logger): Promise<void> {
  try {
    const names = (await readdir(dir)).filter((name) => name.startsWith('passages.damaged-'));
    for (const name of names) await rm(join(dir, name), { recursive: true, force: true });
  } catch (error) {
    log.warn({ error: String(error) }, 'copies of a damaged index could not be removed');
  }
}
