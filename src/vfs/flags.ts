import { constants } from 'node:fs';

const { O_ACCMODE, O_WRONLY, O_RDWR } = { O_ACCMODE: 3, ...constants };

/** Whether an open file with these flags may be written. */
export function writes(flags: number): boolean {
  const access = flags & O_ACCMODE;
  return access === O_WRONLY || access === O_RDWR;
}

/** Whether an open file with these flags may be read. */
export function reads(flags: number): boolean {
  return (flags & O_ACCMODE) !== O_WRONLY;
}

export function appends(flags: number): boolean {
  return (flags & constants.O_APPEND) !== 0;
}

export function truncates(flags: number): boolean {
  return (flags & constants.O_TRUNC) !== 0 && writes(flags);
}

/** Whether opening changes or may change something. */
export function changes(flags: number): boolean {
  return writes(flags) || (flags & (constants.O_CREAT | constants.O_TRUNC)) !== 0;
}

/**
 * What is handed to open(2) on a plain file: never through a symlink, never blocking on a fifo, and without flags
 * whose promises (O_DIRECT alignment, O_TMPFILE) are the caller's kernel's business.
 */
export function backingFlags(flags: number): number {
  const kept =
    O_ACCMODE |
    constants.O_APPEND |
    constants.O_TRUNC |
    constants.O_SYNC |
    constants.O_DSYNC |
    constants.O_NOATIME;
  return (flags & kept) | constants.O_NOFOLLOW | constants.O_NONBLOCK;
}
