import { access, constants } from 'node:fs/promises';
import { VikingError } from '../../errors/index.ts';
import type { DriverOptions, DriverSession, MountDriver } from '../driver.ts';
import { mountOn } from '../mountpoints.ts';
import { unmountFuse } from '../unmount.ts';
import { createAnswering } from './answers.ts';
import { createOperations } from './operations.ts';
import { type Fuse, loadFuse } from './package.ts';
import { assertOptionText, patch } from './patches.ts';
import { createUnlinked } from './unlinked.ts';

/** How often the mount table is looked at for a mount that was ended from outside. */
const WATCH_MS = 500;

/** The portable driver: libfuse 2 through the `fuse-native` package. */
export const fuseNativeDriver: MountDriver = { name: 'fuse-native', unavailable, mount };

/**
 * Ended sessions are kept: the native loop thread is never joined and may still touch its memory, which JavaScript
 * owns, after the unmount.
 */
const ended = new Set<Fuse>();

async function unavailable(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `not supported on ${process.platform}`;
  try {
    await access('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch {
    return 'no access to /dev/fuse; load the fuse module, or give the container --device /dev/fuse';
  }
  try {
    loadFuse();
  } catch (error) {
    const text = (error as Error).message;
    return text.includes('libfuse')
      ? `libfuse 2 is missing; install it: apt install libfuse2 (${text})`
      : `the package fuse-native cannot be loaded; run: npm install (${text})`;
  }
  return undefined;
}

async function mount(options: DriverOptions): Promise<DriverSession> {
  const FuseNative = loadFuse();
  FuseNative.unmount = (mountpoint, callback) => {
    unmountFuse(mountpoint).then(
      () => callback(null),
      (error: unknown) => callback(error as Error),
    );
  };
  const { vfs, mountpoint } = options;
  const answering = createAnswering(options);
  const unlinked = createUnlinked({ vfs, onError: (path, error) => options.onError('unlink', path, error) });
  const operations = createOperations({ vfs, answering, unlinked });
  // Deadlines are the vfs's own: theirs frees buffers that are still being filled.
  const fuse = new FuseNative(mountpoint, operations, { timeout: false });
  patch(fuse, { vfs, answering, unlinked, mountOptions: mountOptions(options) });
  try {
    await called((callback) => fuse.mount(callback));
  } catch (error) {
    throw mountFailed(mountpoint, error);
  }
  return session(fuse, options, () => ({ ...answering.counters, openHandles: vfs.openHandles }));
}

function session(fuse: Fuse, options: DriverOptions, stats: DriverSession['stats']): DriverSession {
  const { mountpoint, log } = options;
  let end!: () => void;
  const whenEnded = new Promise<void>((resolve) => {
    end = resolve;
  });
  let unmounting: Promise<void> | undefined;

  async function unmount(): Promise<void> {
    clearInterval(watch);
    await called((callback) => fuse.unmount(callback));
    ended.add(fuse);
    end();
  }

  const watch = setInterval(() => {
    mountOn(mountpoint).then(
      (entry) => {
        // Gone by another hand: what is left is to let the native side go.
        if (entry === undefined) unmounting ??= unmount();
      },
      (error: unknown) => log.warn({ error: String(error) }, 'the mount table cannot be read'),
    );
  }, WATCH_MS);
  watch.unref();

  return {
    mountpoint,
    // libfuse 2 has no way to tell the kernel; attributes are never cached and names for a second at most.
    invalidate: () => undefined,
    stale: () => undefined,
    unmount() {
      unmounting ??= unmount().catch((error: unknown) => {
        unmounting = undefined;
        throw error;
      });
      return unmounting;
    },
    ended: whenEnded,
    hear: () => undefined, // callers are answered when all is noted
    stats,
  };
}

/**
 * `attr_timeout=0`: sizes of generated files change by themselves, and changes behind the mount show at once.
 * `auto_cache`: pages are kept over a close only while time and size are the same. `big_writes`: 128 KiB per write.
 */
function mountOptions(options: DriverOptions): string[] {
  assertOptionText(options.source);
  return [
    `fsname=${options.source}`,
    'subtype=vikingfs',
    // Hard links are known by their inode number (git, tar, rsync compare it).
    'use_ino',
    'big_writes',
    'max_read=131072',
    'auto_cache',
    'attr_timeout=0',
    'ac_attr_timeout=0',
    'entry_timeout=1',
    'negative_timeout=0',
    ...(options.readOnly ? ['ro'] : []),
    // With others let in, the kernel checks modes for each of them.
    ...(options.allowOther === true ? ['allow_other', 'default_permissions'] : []),
  ];
}

function mountFailed(mountpoint: string, error: unknown): VikingError {
  const text = (error as Error).message;
  if (text === 'Mountpoint in use') {
    return new VikingError('CONFLICT', `${mountpoint}: is on another device than its parent directory`, {
      hint: 'fuse-native mounts only on an ordinary directory: choose one inside it, or use --driver kernel.',
      cause: error,
    });
  }
  return new VikingError('UNAVAILABLE', `${mountpoint}: fuse-native cannot mount: ${text}`, {
    hint: 'See: ov doctor.',
    cause: error,
  });
}

function called(work: (callback: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
}
