import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';

/** Politeness of background work: about a third of a core's share against a busy thread, all of an idle one. */
const NICENESS = 5;
const LOWEST = 19;

/**
 * Makes the calling thread yield to the threads that serve files when there are not processors enough for both. Linux
 * keeps a niceness per thread, and setpriority(2) takes a thread id where it documents a process id. What cannot be
 * lowered stays as it is.
 */
export function lowerOwnPriority(): void {
  try {
    // `self/task/TID` of whoever reads it: Node has no call for a thread's own id.
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, Math.min(LOWEST, getPriority(thread) + NICENESS));
  } catch {
    // No /proc here, or priorities are not ours to set: correct all the same, only less polite.
  }
}
