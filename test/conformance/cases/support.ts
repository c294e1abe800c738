import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { errnoOf } from '../../../src/errors/index.ts';
import type { PosixFs } from '../posix-fs.ts';

export const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW } =
  constants;

const NAMES = new Map(Object.entries(osConstants.errno).map(([name, number]) => [number, name]));

/** Name of the errno a caller sees for an error. */
export function errnoName(error: unknown): string {
  return NAMES.get(errnoOf(error)) ?? String(error);
}

/** The operation fails with exactly one of these errnos. */
export async function fails(work: Promise<unknown>, ...expected: string[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    const name = errnoName(error);
    assert.ok(expected.includes(name), `expected ${expected.join(' or ')}, got ${name}: ${String(error)}`);
    return;
  }
  assert.fail(`expected ${expected.join(' or ')}, but it succeeded`);
}

export async function write(fs: PosixFs, path: string, data: string | Buffer): Promise<void> {
  const file = await fs.open(path, O_WRONLY | O_CREAT | O_TRUNC);
  try {
    const bytes = Buffer.from(data as string);
    for (let at = 0; at < bytes.length; ) at += await file.write(bytes.subarray(at), at);
  } finally {
    await file.close();
  }
}

export async function read(fs: PosixFs, path: string): Promise<string> {
  return (await readBytes(fs, path)).toString();
}

export async function readBytes(fs: PosixFs, path: string): Promise<Buffer> {
  const file = await fs.open(path, O_RDONLY);
  try {
    const { size } = await file.stat();
    return await file.read(size + 1, 0);
  } finally {
    await file.close();
  }
}

export async function append(fs: PosixFs, path: string, data: string): Promise<void> {
  const file = await fs.open(path, O_WRONLY | O_APPEND | O_CREAT);
  try {
    await file.write(data, null);
  } finally {
    await file.close();
  }
}

export async function exists(fs: PosixFs, path: string): Promise<boolean> {
  return fs.lstat(path).then(
    () => true,
    () => false,
  );
}

/** Names of a directory, sorted, without what vikingfs adds to it. */
export async function names(fs: PosixFs, path: string): Promise<string[]> {
  const found = await fs.readdir(path);
  return found.filter((name) => name !== '.abstract.md' && name !== '.overview.md').sort();
}
