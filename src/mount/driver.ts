import type { Logger } from '../base/log.ts';
import type { Vfs } from '../vfs/vfs.ts';

export interface DriverOptions {
  readonly mountpoint: string;
  readonly vfs: Vfs;
  readonly readOnly: boolean;
  /** Other users get in, each with the rights that the modes of entries give. Default: the mounting user alone. */
  readonly allowOther?: boolean | undefined;
  /** Serve large files by the kernel from their backing file, where it can; opening a file then costs a message. */
  readonly passthrough?: boolean | undefined;
  /** Shown as the filesystem's source in /proc/mounts. */
  readonly source: string;
  /** Longest time one operation may take before its caller gets ETIMEDOUT. */
  readonly operationTimeoutMs: number;
  readonly log: Logger;
  /** Called with op, path and reason for every operation that failed in an unexpected way. */
  onError(op: string, path: string, error: unknown, pid?: number): void;
}

/** A live mount. */
export interface DriverSession {
  readonly mountpoint: string;
  /** Drops what the kernel remembers of a path that changed behind the mount. A driver that cannot does nothing. */
  invalidate(path: string): void;
  /**
   * Something at a path changed, by this mount or by others, so generated files that tell of it are to be asked for
   * again. A driver that keeps none does nothing.
   */
  stale(path: string): void;
  /**
   * Makes sure that what callers of the mount were told is done has been noted here as well, for whoever is asked about
   * it by another way than the mount. Undefined: it has.
   */
  hear(): Promise<void> | undefined;
  /** Unmounts and frees the connection; resolves when /proc/mounts no longer lists it. Safe to call twice. */
  unmount(): Promise<void>;
  /** Resolves when the mount ends by any cause, e.g. `fusermount3 -u` in a shell. */
  readonly ended: Promise<void>;
  /** Counters for `.viking/status`. */
  stats(): Readonly<Record<string, number>>;
}

/** What speaks FUSE. */
export interface MountDriver {
  readonly name: 'fuse-native' | 'kernel';
  /** Why this driver cannot be used here, with the next step; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  mount(options: DriverOptions): Promise<DriverSession>;
}
