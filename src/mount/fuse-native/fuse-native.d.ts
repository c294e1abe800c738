/** The parts of fuse-native 2.2.6 that the driver uses; the package has no types of its own. */
declare module 'fuse-native' {
  type Callback = (errno: number, ...rest: unknown[]) => void;

  export default class Fuse {
    constructor(mountpoint: string, operations: Record<string, unknown>, options: { timeout: false });
    /** Replaced: unmounts without a shell. */
    static unmount(mountpoint: string, callback: (error: Error | null) => void): void;
    mount(callback: (error: Error | null) => void): void;
    unmount(callback: (error: Error | null) => void): void;
    /** Replaced: the string of mount options. */
    _fuseOptions(): string;
    _op_getattr(signal: Callback, path: string): void;
    _op_fgetattr(signal: Callback, path: string, fh: number): void;
    _op_getxattr(signal: Callback, path: string, name: string, value: Buffer, position: number): void;
    _op_listxattr(signal: Callback, path: string, list: Buffer): void;
    /** Handlers by opcode, called by the native side with the request's own memory first. */
    readonly _handlers: ((request: unknown, opcode: number, ...args: unknown[]) => unknown)[];
  }
}
