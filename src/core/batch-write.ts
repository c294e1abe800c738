import type { WriteResult } from '../api/results.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { CoreFiles, WriteOptions } from './core.ts';

export interface BatchedWrite {
  readonly uri: VikingUri;
  readonly data: Buffer;
  readonly mode: NonNullable<WriteOptions['mode']>;
}

/** What a batch may replace: it is kept in memory until the last file is written, to be put back. */
const REPLACED_MAX_BYTES = 64 * 1024 ** 2;

interface Done {
  readonly uri: VikingUri;
  /** What was there; undefined: nothing. */
  readonly before: Buffer | undefined;
  /** What is there now. */
  readonly after: Buffer;
}

/**
 * Writes all files or none: when one cannot be written, those before it are put back, and directories made for them
 * removed. What somebody else changed in between stays theirs. Each file is replaced whole; a daemon that is killed in
 * the middle leaves the files written so far.
 * @throws what the write that failed was refused for; TOO_LARGE for more than 64 MiB to replace
 */
export async function writeAll(
  files: CoreFiles,
  principal: Principal,
  writes: readonly BatchedWrite[],
): Promise<readonly WriteResult[]> {
  const before = await readAll(files, principal, writes);
  const made = await missingParents(files, principal, writes);
  const done: Done[] = [];
  const results: WriteResult[] = [];
  try {
    for (const [index, { uri, data, mode }] of writes.entries()) {
      results.push(await files.write(principal, uri, data, { mode, parents: true }));
      const old = before[index];
      done.push({
        uri,
        before: old,
        after: mode === 'append' && old !== undefined ? Buffer.concat([old, data]) : data,
      });
    }
    return results;
  } catch (error) {
    const left: string[] = [];
    for (const one of done.reverse()) if (!(await putBack(files, principal, one))) left.push(String(one.uri));
    for (const directory of made.reverse())
      await files.remove(principal, directory, false).catch(() => undefined);
    if (left.length === 0 || !isVikingError(error)) throw error;
    throw new VikingError(error.code, `${error.message}; not put back: ${left.join(', ')}`, {
      details: { ...error.details, not_put_back: left },
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

async function readAll(
  files: CoreFiles,
  principal: Principal,
  writes: readonly BatchedWrite[],
): Promise<(Buffer | undefined)[]> {
  const found: (Buffer | undefined)[] = [];
  let totalBytes = 0;
  for (const { uri } of writes) {
    const size = (await orMissing(files.stat(principal, uri)))?.size;
    totalBytes += size ?? 0;
    if (totalBytes > REPLACED_MAX_BYTES) {
      throw new VikingError('TOO_LARGE', `${uri}: a batch replaces at most ${REPLACED_MAX_BYTES} bytes`, {
        hint: 'Write large files one by one.',
      });
    }
    found.push(size === undefined ? undefined : await files.read(principal, uri));
  }
  return found;
}

/** Directories that the writes will make, the upper ones first. */
async function missingParents(
  files: CoreFiles,
  principal: Principal,
  writes: readonly BatchedWrite[],
): Promise<VikingUri[]> {
  const missing = new Map<string, VikingUri>();
  for (const { uri } of writes) {
    for (let directory = uri.parent(); !missing.has(String(directory)); directory = directory.parent()) {
      if (directory.isRoot || (await orMissing(files.stat(principal, directory))) !== undefined) break;
      missing.set(String(directory), directory);
    }
  }
  return [...missing.values()].sort((a, b) => a.segments.length - b.segments.length);
}

/** False when it could not be put back, or is no longer what we wrote. */
async function putBack(
  files: CoreFiles,
  principal: Principal,
  { uri, before, after }: Done,
): Promise<boolean> {
  try {
    if (!(await files.read(principal, uri)).equals(after)) return false;
    if (before === undefined) await files.remove(principal, uri, false);
    else await files.write(principal, uri, before, { mode: 'replace' });
    return true;
  } catch {
    return false;
  }
}

async function orMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (isVikingError(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  });
}
