export { chooseDriver, type DriverChoice } from './choose-driver.ts';
export type * from './driver.ts';
export { cachedReader } from './kernel/cached-reader.ts';
export { type PeerCredentials, peerCredentials } from './kernel/peer-credentials.ts';
export { surviveTruncatedMaps } from './kernel/truncated-maps.ts';
export { type MountOptions, mountVfs } from './mount.ts';
export { listMounts, type MountEntry } from './mountpoints.ts';
export { clearStaleMount, inspectMount } from './stale.ts';
export { abortConnection, unmountFuse } from './unmount.ts';
