import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory, writeFileAtomic } from '../base/atomic-write.ts';
import type { ScannedEntry } from './scan.ts';

/** Copies scanned entries of `source` into the new directory `target`, durably. Returns the bytes copied. */
export async function copyEntries(
  source: string,
  target: string,
  entries: readonly ScannedEntry[],
): Promise<number> {
  let bytes = 0;
  await mkdir(target, { recursive: true });
  for (const entry of entries) {
    const to = join(target, entry.path);
    if (entry.kind === 'directory') {
      await mkdir(to, { recursive: true });
    } else {
      await mkdir(dirname(to), { recursive: true });
      bytes += await copyDurably(join(source, entry.path), to);
    }
  }
  return bytes;
}

async function copyDurably(from: string, to: string): Promise<number> {
  await copyFile(from, to);
  const file = await open(to, 'r');
  try {
    await file.datasync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/**
 * Puts the prepared tree `staged` at `target`. A missing target appears in one rename; an existing one is brought to
 * the same content, touching only files that differ and removing files that are gone. Returns the paths changed.
 */
export async function placeTree(staged: string, target: string): Promise<readonly string[]> {
  try {
    await rename(staged, target);
    await syncDirectory(dirname(target));
    return [''];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EXDEV') throw error;
  }
  const changed: string[] = [];
  await mkdir(target, { recursive: true });
  await bringTo(staged, target, '', changed);
  return changed;
}

async function bringTo(staged: string, target: string, path: string, changed: string[]): Promise<void> {
  const wanted = await readdir(join(staged, path), { withFileTypes: true });
  const names = new Set(wanted.map((entry) => entry.name));
  for (const present of await readdir(join(target, path))) {
    // Dot-entries of the target (pinned layers, an editor's state) are not the source's to remove.
    if (names.has(present) || present.startsWith('.')) continue;
    await rm(join(target, path, present), { recursive: true });
    changed.push(join(path, present));
  }
  for (const entry of wanted) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) {
      await makeDirectory(join(target, below));
      await bringTo(staged, target, below, changed);
    } else if (!(await sameContent(join(staged, below), join(target, below)))) {
      await replaceFile(join(staged, below), join(target, below));
      changed.push(below);
    }
  }
}

async function makeDirectory(path: string): Promise<void> {
  const present = await stat(path).catch(() => undefined);
  if (present !== undefined && !present.isDirectory()) await rm(path);
  await mkdir(path, { recursive: true });
}

async function sameContent(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(a), stat(b).catch(() => undefined)]);
  if (second === undefined || !second.isFile() || first.size !== second.size) return false;
  const [left, right] = await Promise.all([readFile(a), readFile(b)]);
  return left.equals(right);
}

async function replaceFile(from: string, to: string): Promise<void> {
  const present = await stat(to).catch(() => undefined);
  if (present?.isDirectory()) await rm(to, { recursive: true });
  await writeFileAtomic(to, await readFile(from));
}
