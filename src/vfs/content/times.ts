import { lstat, lutimes } from 'node:fs/promises';
import type { TimeChange } from '../vfs.ts';

/**
 * utimensat(2) on the entry itself. Node passes times as seconds in a double and libuv cuts them to microseconds, so
 * that is the precision kept; half a microsecond is added because the cut goes down.
 */
export async function setTimes(backing: string, atime: TimeChange, mtime: TimeChange): Promise<void> {
  if (atime === 'omit' && mtime === 'omit') return;
  const before = atime === 'omit' || mtime === 'omit' ? await lstat(backing, { bigint: true }) : undefined;
  const now = nowNs();
  await lutimes(
    backing,
    seconds(atime === 'now' ? now : atime === 'omit' ? before!.atimeNs : atime),
    seconds(mtime === 'now' ? now : mtime === 'omit' ? before!.mtimeNs : mtime),
  );
}

function nowNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1_000)) * 1_000n;
}

function seconds(ns: bigint): number {
  return (Number(ns / 1_000n) + 0.5) / 1e6;
}
