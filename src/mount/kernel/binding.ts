import { fileURLToPath } from 'node:url';
import { ADDON_BUILD, ADDON_PROTOCOL, requireAddon } from '../../base/native-addon.ts';
import { VikingError } from '../../errors/index.ts';

export { ADDON_PROTOCOL };

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
  /** LOOKUP and GETATTR: content in or below the entry's directory changed a moment ago. */
  readonly unsettled?: true;
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

/** A write that was begun by `writeThrough` has ended: bytes written, or -1 and the errno. */
export interface Written {
  readonly slot: number;
  readonly bytes: number;
  readonly errno: number;
}

/** Everything native threads had to say since the last delivery. */
export interface Mail {
  readonly calls: readonly Call[];
  /** Calls whose callers no longer wait: EINTR or ETIMEDOUT. */
  readonly abandoned: readonly { readonly slot: number; readonly errno: number }[];
  /** Directories of content about to be listed. */
  readonly listed: readonly { readonly node: number; readonly path: string }[];
  readonly changes: readonly NativeChange[];
  /** Ends of `writeThrough`; absent when there are none. */
  readonly written?: readonly Written[];
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
  readonly passthrough: boolean;
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
  readonly passthroughBytes?: number;
  readonly watchdogSeconds?: number;
  readonly watchdogProgram?: string;
  readonly watchdogGraceMs?: number;
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
  /**
   * Writes `bytes` (copied) to a file open with O_DSYNC, which must stay open until its end is told, on a thread that answers
   * the call with `answer` as soon as all of them are on disk. False when nothing was begun: one is under way already.
   * Absent in an addon built before it.
   */
  writeThrough?(slot: number, fd: number, bytes: Uint8Array, answer: number): boolean;
  /** Delivers the mail that waits before it returns. Absent in an addon built before it. */
  takeMail?(): void;
  invalidate(path: string): void;
  /** Something at a path changed, by whomever: generated files that tell of it are asked for again. */
  stale(path: string): void;
  setListed(node: number, mask: number): void;
  setStatic(path: string, attr: Uint8Array): void;
  enableChanges(): void;
  stats(): Record<string, number>;
}

export interface Binding {
  readonly protocol: number;
  readonly Session: new (options: NativeOptions, onMail: (mail: Mail) => void) => NativeSession;
  /** SO_PEERCRED of a connected Unix socket; undefined for another descriptor. Absent in an addon built before it. */
  readonly readCached?: (fd: number, buffer: Uint8Array) => number | undefined;
  /** See `attribute-copier.ts`. Absent in an addon built before it. */
  readonly copyAttributes?: (from: string, to: number) => number;
  readonly peerCredentials?: (fd: number) => { pid: number; uid: number; gid: number } | undefined;
  /** See `truncated-maps.ts`. Absent in an addon built before it. */
  readonly surviveTruncatedMaps?: () => void;
  /** See `memory.ts`. Absent in an addon built before it. */
  readonly giveMemoryBack?: () => void;
}

/**
 * The compiled addon. An addon of another version would misunderstand us in ways nobody can foresee.
 * @throws UNAVAILABLE when it is of another version; what the loader says when it was not built or does not load here
 */
export function loadBinding(load: () => unknown = requireAddon): Binding {
  const addon = load() as Partial<Binding>;
  if (addon.protocol !== ADDON_PROTOCOL || addon.Session === undefined) {
    const found = addon.protocol === undefined ? 'no protocol number' : `protocol ${addon.protocol}`;
    throw new VikingError(
      'UNAVAILABLE',
      `the native addon was built from other sources: it has ${found}, these need ${ADDON_PROTOCOL}`,
      { hint: 'Run: npm run build:native.' },
    );
  }
  return addon as Binding;
}

/** The program that frees callers of a stopped daemon, built beside the addon. */
export const WATCHDOG_PROGRAM = fileURLToPath(new URL('vikingfs-watchdog', ADDON_BUILD));
