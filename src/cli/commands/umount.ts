import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isVikingError, VikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { isVikingfs, readMountTable } from '../mount-table.ts';
import { withProgress } from '../progress.ts';
import { clean } from '../render/text.ts';
import { runProgram } from '../run-program.ts';

const UNMOUNT_MS = 10_000;

export const umount = defineCommand({
  name: 'umount',
  aliases: ['unmount'],
  summary: 'Unmount a directory',
  details:
    'Also removes a mount that a dead daemon left behind. The daemon keeps running; end it with: ov stop.',
  positionals: { dir: { describe: 'Directory it is mounted on', required: true } },
  options: {},
  examples: [['ov umount ~/viking', 'the directory is empty again']],
  async run(args, context) {
    const path = resolve(context.cwd, args.dir);
    const mountpoint = await withoutLinks(path);
    const live = await daemonMounts(context);
    if (live.includes(mountpoint)) {
      await withProgress(`unmounting ${mountpoint}`, context.client.unmount(mountpoint));
      return { mountpoint, stale: false };
    }
    const left = (await readMountTable()).find(
      (entry) => entry.mountpoint === mountpoint && isVikingfs(entry),
    );
    if (left === undefined) {
      throw new VikingError('NOT_FOUND', `${path} is not a vikingfs mount`, {
        hint: 'See the mounts with: ov status.',
      });
    }
    await detachStale(mountpoint);
    return { mountpoint, stale: true };
  },
  render: (result) =>
    `unmounted ${clean(result.mountpoint)}${result.stale ? ' (left by a dead daemon)' : ''}`,
});

/** Resolves the links above the mountpoint; looking at it could block on a dead mount. */
async function withoutLinks(path: string): Promise<string> {
  return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
}

async function daemonMounts(context: Context): Promise<string[]> {
  try {
    return (await context.client.mounts()).map((mount) => mount.mountpoint);
  } catch (error) {
    if (isVikingError(error) && error.details['connected'] === false) return [];
    throw error;
  }
}

async function detachStale(mountpoint: string): Promise<void> {
  const reasons: string[] = [];
  for (const [program, args] of [
    ['fusermount3', ['-uz', mountpoint]],
    ['fusermount', ['-uz', mountpoint]],
    ['umount', ['-l', mountpoint]],
  ] as const) {
    const result = await runProgram(program, args, UNMOUNT_MS);
    if (result.code === 0) return;
    if (result.stderr.trim() !== '') reasons.push(result.stderr.trim());
  }
  throw new VikingError('CONFLICT', `${mountpoint} could not be unmounted: ${reasons.join('; ')}`, {
    hint: `As root: umount -l ${mountpoint}`,
  });
}
