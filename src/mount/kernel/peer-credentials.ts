import { loadBinding } from './binding.ts';

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** What the addon knows of the process at the other end of a connected Unix socket; undefined without the addon. */
export function peerCredentials(): ((fd: number) => PeerCredentials | undefined) | undefined {
  try {
    return loadBinding().peerCredentials;
  } catch {
    // The portable driver runs without the addon, and so does everything else.
    return undefined;
  }
}
