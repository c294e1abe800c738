import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VikingError } from '../errors/index.ts';

/** The error for a store that process `pid`, where known, holds. */
export function storeIsHeld(dir: string, pid: number | undefined): VikingError {
  const who = pid === undefined ? '' : pid === process.pid ? ' (this process)' : ` (pid ${pid})`;
  return new VikingError('CONFLICT', `another daemon holds ${dir}${who}`, {
    hint: 'Stop it with `ov stop`, or give this one another home directory.',
    details: { dir, ...(pid === undefined ? {} : { pid }) },
  });
}

/**
 * Pid of the process with a POSIX lock on the store, from /proc/locks: `1: POSIX  ADVISORY  WRITE 4711 fe:00:1234 0 EOF`,
 * device numbers in hexadecimal. Reading the lock file itself would, on close, drop a lock of this process.
 */
export async function lockHolder(dir: string): Promise<number | undefined> {
  try {
    const { dev, ino } = await stat(join(dir, 'LOCK'), { bigint: true });
    const file = `${hex(major(dev))}:${hex(minor(dev))}:${ino}`;
    for (const line of (await readFile('/proc/locks', 'utf8')).split('\n')) {
      const [, kind, , , pid, where] = line.trim().split(/\s+/);
      if (kind === 'POSIX' && where === file && Number(pid) > 0) return Number(pid);
    }
  } catch {
    // No /proc, or the lock is gone: the error then names no pid.
  }
  return undefined;
}

/** Layout of `dev_t` in glibc's sys/sysmacros.h. */
function major(dev: bigint): bigint {
  return ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
}

function minor(dev: bigint): bigint {
  return (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
}

function hex(number: bigint): string {
  return number.toString(16).padStart(2, '0');
}
