import { VikingError } from '../errors/index.ts';
import { runCommand } from './command.ts';
import { isFuse, isOurs, type MountEntry, mountOn } from './mountpoints.ts';
import { abortConnection, unmountFuse } from './unmount.ts';

const PROBE_MS = 3_000;

/** `free`: nothing is mounted there. `stale`: a FUSE mount without its daemon. `hung`: it does not answer in time. */
export type MountState = 'free' | 'live' | 'stale' | 'hung';

export interface Inspected {
  readonly state: MountState;
  readonly entry?: MountEntry;
}

/**
 * What is on a path, asked in a child process: a call on a dead or stuck mount can block for ever. It asks for the
 * filesystem's numbers, which the kernel never answers from a cache; attributes of a dead mount live on in one.
 */
export async function inspectMount(path: string): Promise<Inspected> {
  const entry = await mountOn(path);
  if (entry === undefined) return { state: 'free' };
  const probe = await runCommand('stat', ['-f', '-c', '%t', '--', path], PROBE_MS);
  if (probe.code === 0) return { state: 'live', entry };
  if (probe.timedOut) return { state: 'hung', entry };
  const dead = /not connected|connection abort|software caused/i.test(probe.stderr);
  return { state: dead && isFuse(entry) ? 'stale' : 'live', entry };
}

/**
 * Clears what a dead daemon of ours left on a path. Several layers may lie on top of each other.
 * @throws CONFLICT when something alive, or somebody else's, is mounted there
 */
export async function clearStaleMount(path: string): Promise<boolean> {
  let cleared = false;
  for (let layer = 0; layer < 16; layer += 1) {
    const { state, entry } = await inspectMount(path);
    if (entry === undefined) return cleared;
    if (!isOurs(entry)) {
      throw new VikingError('CONFLICT', `${path}: ${entry.source} (${entry.type}) is mounted there`, {
        hint: 'Choose another directory.',
      });
    }
    if (state === 'live') {
      throw new VikingError('CONFLICT', `${path}: a vikingfs mount is alive there`, {
        hint: `End it with: ov umount ${path}.`,
      });
    }
    // A mount that hangs has processes waiting in it; ending the connection frees them.
    if (state === 'hung') await abortConnection(path);
    await unmountFuse(path);
    cleared = true;
  }
  return cleared;
}
