import { createRequire } from 'node:module';

/** Result first (0, a count or a negative errno), then what the operation hands back. */
export type Signal = (errno: number, ...rest: unknown[]) => void;

type Callback = (error: Error | null) => void;

/** The parts of a `Fuse` of fuse-native 2.2.6 that the driver uses or replaces; the package has no types of its own. */
export interface Fuse {
  mount(callback: Callback): void;
  unmount(callback: Callback): void;
  /** The string of mount options. */
  _fuseOptions(): string;
  _op_getattr(signal: Signal, path: string): void;
  _op_fgetattr(signal: Signal, path: string, handle: number): void;
  _op_getxattr(signal: Signal, path: string, name: string, value: Buffer, position: number): void;
  _op_listxattr(signal: Signal, path: string, list: Buffer): void;
  /** Handlers by opcode, called by the native side with the request's own memory first. */
  readonly _handlers: ((request: unknown, opcode: number, ...args: unknown[]) => unknown)[];
}

export interface FuseClass {
  new (mountpoint: string, operations: Record<string, unknown>, options: { timeout: false }): Fuse;
  /** Unmounts through a shell until it is replaced. */
  unmount(mountpoint: string, callback: Callback): void;
}

/**
 * The package, loaded when it is first needed: it is optional, and loading it needs libfuse 2.
 * @throws when it is not installed or cannot be loaded
 */
export function loadFuse(): FuseClass {
  return createRequire(import.meta.url)('fuse-native') as FuseClass;
}
