import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { VikingError } from '../errors/index.ts';
import { runCommand } from './command.ts';
import { isFuse, mountOn } from './mountpoints.ts';

const COMMAND_MS = 5_000;
const GONE_MS = 2_000;

/**
 * Unmounts a FUSE mount without a shell: politely when nobody uses it, else lazily, so that it is gone from the tree at
 * once and ends when its last user does. Resolves when the mount table no longer has it.
 * @throws CONFLICT with the commands' own words when it stays
 */
export async function unmountFuse(mountpoint: string): Promise<void> {
  const attempts: readonly (readonly [string, readonly string[]])[] = [
    ['fusermount3', ['-u', '--', mountpoint]],
    ['fusermount', ['-u', '--', mountpoint]],
    ['umount', ['--', mountpoint]],
    ['fusermount3', ['-u', '-z', '--', mountpoint]],
    ['fusermount', ['-u', '-z', '--', mountpoint]],
    ['umount', ['-l', '--', mountpoint]],
  ];
  const said: string[] = [];
  for (const [command, args] of attempts) {
    if ((await mountOn(mountpoint)) === undefined) return;
    const result = await runCommand(command, args, COMMAND_MS);
    if (result.code === 0 && (await isGone(mountpoint))) return;
    if (result.stderr.trim() !== '') said.push(`${command}: ${result.stderr.trim()}`);
  }
  if (await isGone(mountpoint)) return;
  throw new VikingError('CONFLICT', `${mountpoint}: cannot be unmounted: ${said.join('; ')}`, {
    hint: `Close what uses it (fuser -vm ${mountpoint}), then: ov umount ${mountpoint}.`,
  });
}

/**
 * Ends a FUSE connection from outside: every process that waits in the mount gets an error at once. For watchdogs and
 * tests. Needs the rights of the user who mounted, or root where the control filesystem (fusectl) is not mounted; then
 * the mount goes too when nobody uses it. Returns whether the connection was told to end.
 */
export async function abortConnection(mountpoint: string): Promise<boolean> {
  const entry = await mountOn(mountpoint);
  if (entry === undefined || !isFuse(entry)) return false;
  try {
    await writeFile(`/sys/fs/fuse/connections/${entry.minor}/abort`, '1');
    return true;
  } catch {
    // A forced unmount aborts first and only then finds out whether it can unmount. The path is not looked at.
    const forced = await runCommand('umount', ['-i', '-c', '-f', '--', mountpoint], COMMAND_MS);
    return forced.code === 0 || /busy/i.test(forced.stderr);
  }
}

async function isGone(mountpoint: string): Promise<boolean> {
  const until = Date.now() + GONE_MS;
  for (;;) {
    if ((await mountOn(mountpoint)) === undefined) return true;
    if (Date.now() >= until) return false;
    await delay(20);
  }
}
