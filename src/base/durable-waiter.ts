/** Somebody who waits until bytes are on disk, and for nothing of what is done with them after. */
export interface DurableWaiter {
  /**
   * Writes to a file open with O_DSYNC and tells the waiter from the thread that wrote: resolves, later, with the number of
   * bytes written. The file must stay open until then. Undefined when that would gain nothing now: write by other means.
   */
  write(fd: number, bytes: Uint8Array): Promise<number> | undefined;
  /** The bytes are on disk, however they came there. Returns at once. Whatever fails after this is not the waiter's failure. */
  told(): void;
  isTold(): boolean;
}
