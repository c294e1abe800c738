import { createRequire } from 'node:module';

/** A request that waits for an answer by its slot; which fields count depends on the opcode. */
export interface Call {
  readonly slot: number;
  readonly opcode: number;
  /** Node id, for requests on a node. */
  readonly node: number;
  readonly path: string;
  /** New path of a rename or link, target of a symlink, name of an extended attribute. */
  readonly other?: string;
  readonly data?: Buffer;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly flags: number;
  readonly mode: number;
  readonly offset: number;
  readonly size: number;
  /** SETATTR only: FATTR_* bits and what they set. */
  readonly valid?: number;
  readonly newUid?: number;
  readonly newGid?: number;
  readonly atimeNs?: bigint;
  readonly mtimeNs?: bigint;
}

/** What the mount changed in content, told afterwards. `rescan`: more than could be listed happened in a directory. */
export interface NativeChange {
  readonly kind: 'created' | 'written' | 'removed' | 'renamed' | 'rescan';
  readonly path: string;
  readonly to?: string;
}

/** Everything native threads had to say since the last delivery. */
export interface Mail {
  readonly calls: readonly Call[];
  /** Calls whose callers no longer wait: EINTR or ETIMEDOUT. */
  readonly abandoned: readonly { readonly slot: number; readonly errno: number }[];
  /** Directories of content about to be listed. */
  readonly listed: readonly { readonly node: number; readonly path: string }[];
  readonly changes: readonly NativeChange[];
  readonly ended: boolean;
}

export interface NativeGraft {
  readonly path: string;
  readonly backing: string;
  readonly virtualNames: readonly string[];
  readonly guardedNames: readonly string[];
}

export interface NativeStatic {
  readonly path: string;
  readonly attr: Uint8Array;
}

export interface NativeOptions {
  readonly mountpoint: string;
  readonly source: string;
  readonly readOnly: boolean;
  readonly allowOther: boolean;
  /** Mount with mount(2) as root; else through fusermount3. */
  readonly privileged: boolean;
  /** Names JavaScript answers in every directory; their index is their bit in `setListed`. */
  readonly reserved: readonly string[];
  readonly hiddenPrefix: string;
  readonly hiddenSuffix: string;
  readonly xattrPrefix: string;
  readonly listedXattrs: readonly string[];
  readonly grafts: readonly NativeGraft[];
  /** Parents first. */
  readonly statics: readonly NativeStatic[];
  readonly asksListed: boolean;
  readonly timeoutMs: number;
  readonly workers?: number;
  readonly spinUs?: number;
  readonly maxCalls?: number;
  readonly watchdogSeconds?: number;
  readonly watch?: boolean;
}

export interface NativeSession {
  mount(): Promise<void>;
  /** Unmounts, gives files that are still open `graceMs`, then ends every thread. */
  unmount(graceMs: number): Promise<void>;
  /** Unmounts and ends every thread before it returns, whoever uses the mount. For the end of the process. */
  abort(): void;
  /** Node id of the answered entry; -1 when nobody waits for the answer any more. */
  answer(slot: number, errno: number, payload?: Uint8Array | number): number;
  invalidate(path: string): void;
  setListed(node: number, mask: number): void;
  setStatic(path: string, attr: Uint8Array): void;
  enableChanges(): void;
  stats(): Record<string, number>;
}

export interface Binding {
  readonly Session: new (options: NativeOptions, onMail: (mail: Mail) => void) => NativeSession;
}

/** The compiled addon. @throws when it was not built or does not load here */
export function loadBinding(): Binding {
  return createRequire(import.meta.url)('../../../native/build/Release/vikingfs.node') as Binding;
}
