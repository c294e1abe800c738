import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';

/** Moves a damaged store to `<dir>.damaged-<time>` and returns that path. `keep` bounds how many of them stay. */
export async function moveAside(dir: string, options: { readonly keep?: number } = {}): Promise<string> {
  const prefix = `${basename(dir)}.damaged-`;
  const parent = dirname(dir);
  const earlier = (await readdir(parent)).filter((name) => name.startsWith(prefix)).sort();
  // Fixed width, so that names sort by time.
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const taken = earlier.filter((name) => name.startsWith(prefix + time)).length;
  const movedTo = join(parent, prefix + time + (taken === 0 ? '' : `-${taken}`));
  await rename(dir, movedTo);
  await syncDirectory(parent);
  const surplus =
    options.keep === undefined ? [] : earlier.slice(0, Math.max(0, earlier.length + 1 - options.keep));
  for (const name of surplus) await rm(join(parent, name), { recursive: true, force: true });
  return movedTo;
}

/** Puts a repaired store in the place of one that was moved away already. Does nothing otherwise. */
export async function finishRepair(dir: string): Promise<void> {
  if ((await exists(dir)) || !(await exists(repairedStore(dir)))) return;
  await rename(repairedStore(dir), dir);
  await syncDirectory(dirname(dir));
}

/** Where the repaired store waits to take the place of the damaged one. */
export function repairedStore(dir: string): string {
  return `${dir}.repaired`;
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
