import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { tempDir } from './temp-dir.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 5_000;

/** Whether this process may mount a filesystem of its own: root, and allowed to in its container. */
export const canMount = process.getuid?.() === 0 && (await mountWorks());

/** Mounts a tmpfs of `sizeBytes` at `path` for the time of `work`. */
export async function withSmallDisk<T>(path: string, sizeBytes: number, work: () => Promise<T>): Promise<T> {
  await mkdir(path, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=700`, 'tmpfs', path], {
    timeout: TIMEOUT_MS,
  });
  try {
    return await work();
  } finally {
    await run('umount', ['-l', path], { timeout: TIMEOUT_MS });
  }
}

async function mountWorks(): Promise<boolean> {
  const dir = await tempDir();
  try {
    await withSmallDisk(`${dir.path}/probe`, 65_536, async () => undefined);
    return true;
  } catch {
    return false;
  } finally {
    await dir.remove();
  }
}
