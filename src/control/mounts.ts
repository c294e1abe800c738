import type { MountResult } from '../api/results.ts';
import type { Principal } from '../tenancy/index.ts';

export interface MountRequest {
  /** Absolute path of an existing directory. */
  readonly mountpoint: string;
  /** Default: the configured one. */
  readonly driver?: 'auto' | 'kernel' | 'fuse-native';
  readonly readOnly?: boolean;
  /** Other users of this machine get in. Default: the configured one, which is no. */
  readonly allowOther?: boolean;
  /** The mount shows only this peer. */
  readonly actorPeer?: string;
}

/** What the daemon lets its callers do with mounts. They live outside the core, in the mount package. */
export interface MountsControl {
  list(): readonly MountResult[];
  /** Resolves when the mountpoint answers. @throws CONFLICT, NOT_FOUND, NOT_DIRECTORY, UNAVAILABLE (no driver), PERMISSION_DENIED (allow_other) */
  mount(principal: Principal, request: MountRequest): Promise<MountResult>;
  /** Resolves when the mountpoint is an ordinary directory again. @throws NOT_FOUND when nothing of ours is there */
  unmount(mountpoint: string): Promise<void>;
}
