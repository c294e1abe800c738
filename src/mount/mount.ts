import { withDeadline } from '../base/deadline.ts';
import type { Logger } from '../base/log.ts';
import { VikingError } from '../errors/index.ts';
import { type Vfs, withDeadlines } from '../vfs/index.ts';
import { assertMayAllowOther } from './allow-other.ts';
import { runCommand } from './command.ts';
import type { DriverSession, MountDriver } from './driver.ts';
import { prepareMountpoint } from './mountpoint.ts';
import { SOURCE_PREFIX } from './mountpoints.ts';
import { abortConnection, unmountFuse } from './unmount.ts';

export interface MountOptions {
  readonly mountpoint: string;
  readonly driver: MountDriver;
  readonly vfs: Vfs;
  readonly readOnly: boolean;
  /** See DriverOptions; only when it was asked for. */
  readonly allowOther?: boolean | undefined;
  readonly passthrough?: boolean | undefined;
  readonly home: string;
  readonly contentDir: string;
  /** Longest time one operation may take. */
  readonly operationTimeoutMs: number;
  readonly log: Logger;
}

/** Looking at a mountpoint may have to clear what a dead daemon left; a directory above it may hang. */
const PREPARE_MS = 30_000;

/** Longest the driver may take to mount, and the new mount to answer its first question. */
const MOUNT_MS = 15_000;

/**
 * Mounts a vfs and waits until it answers. A stale mount of ours is cleared first.
 * @throws INVALID_ARGUMENT, NOT_EMPTY, NOT_DIRECTORY, CONFLICT about the mountpoint; UNAVAILABLE about the driver;
 * PERMISSION_DENIED when others may not be let in
 */
export async function mountVfs(options: MountOptions): Promise<DriverSession> {
  const { driver, vfs, readOnly, log } = options;
  const reason = await driver.unavailable();
  if (reason !== undefined) throw new VikingError('UNAVAILABLE', `driver ${driver.name}: ${reason}`);
  if (options.allowOther === true) await assertMayAllowOther({ uid: process.geteuid?.() ?? 0 });
  const preparing = prepareMountpoint({
    mountpoint: options.mountpoint,
    apartFrom: [
      { path: options.home, what: 'the vikingfs home' },
      { path: options.contentDir, what: 'the content directory' },
    ],
  });
  const mountpoint = await withDeadline(preparing, PREPARE_MS, `${options.mountpoint}: looking at it`);
  const starting = driver.mount({
    mountpoint,
    vfs: withDeadlines(vfs, options.operationTimeoutMs),
    readOnly,
    allowOther: options.allowOther,
    passthrough: options.passthrough,
    source: SOURCE_PREFIX,
    operationTimeoutMs: options.operationTimeoutMs,
    log,
    onError: (op, path, error, pid) => vfs.failed(op, path, error, pid),
  });
  let session: DriverSession;
  try {
    session = await withDeadline(starting, MOUNT_MS, `${mountpoint}: mounting`);
  } catch (error) {
    starting.then((late) => late.unmount()).catch(() => undefined);
    throw error;
  }
  await assertAnswers(session, mountpoint);
  return session;
}

/** The first question is asked by a child: a mount that does not answer must not take us with it. */
async function assertAnswers(session: DriverSession, mountpoint: string): Promise<void> {
  const probe = await runCommand('stat', ['-c', '%i', '--', mountpoint], MOUNT_MS);
  if (probe.code === 0) return;
  if (probe.timedOut) await abortConnection(mountpoint);
  await session.unmount().catch(() => unmountFuse(mountpoint).catch(() => undefined));
  throw new VikingError(
    'UNAVAILABLE',
    `${mountpoint}: the new mount does not answer: ${probe.stderr.trim()}`,
    {
      hint: 'See: ov doctor.',
    },
  );
}
