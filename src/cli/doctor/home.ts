import { existsSync, lstatSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { assertHomeUsable, type Config } from '../../config/index.ts';
import { isVikingError, toVikingError } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { isVikingfs, readMountTable } from '../mount-table.ts';
import { bytes } from '../render/text.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { modelChecks } from './models.ts';

const FREE_WANTED_BYTES = 512 * 1024 ** 2;

/** Configuration, home, socket, daemon and mounts. A wrong configuration ends the list: the rest hangs on it. */
export async function homeChecks(context: Context): Promise<Check[]> {
  let config: Config;
  try {
    config = context.configuration;
  } catch (error) {
    const { message, hint } = toVikingError(error);
    return [fail('configuration', message, hint ?? 'Correct it, then try: ov config validate')];
  }
  const mounts = await daemonMounts(context);
  return [
    configuration(config),
    homeWritable(config.home),
    freeSpace(config.home),
    ...socketPermissions(config.socketPath),
    mounts.check,
    ...(await modelChecks(context, config)),
    ...(await staleMounts(mounts.live)),
  ];
}

function configuration(config: Config): Check {
  const file = config.configFile ?? 'no file, defaults and environment';
  if (config.warnings.length > 0)
    return warn('configuration', `${file}: ${config.warnings.join('; ')}`, 'Remove what has no effect.');
  return ok('configuration', file);
}

export function homeWritable(home: string): Check {
  try {
    assertHomeUsable(home);
    return ok('home', home);
  } catch (error) {
    const { message, hint } = toVikingError(error);
    return fail('home', message, hint ?? 'Set VIKINGFS_HOME.');
  }
}

function freeSpace(home: string): Check {
  let path = home;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  if (free < FREE_WANTED_BYTES)
    return warn(
      'free space',
      `${bytes(free)} left at ${path}`,
      `Make room, or set VIKINGFS_HOME to another disk.`,
    );
  return ok('free space', `${bytes(free)} at ${path}`);
}

export function socketPermissions(socketPath: string): Check[] {
  if (!existsSync(socketPath)) return [];
  const found = lstatSync(socketPath);
  if (!found.isSocket())
    return [fail('socket', `${socketPath} is not a socket`, `mv ${socketPath} ${socketPath}.aside`)];
  if ((found.mode & 0o077) !== 0) {
    return [
      fail(
        'socket',
        `${socketPath} can be opened by others (mode 0${(found.mode & 0o777).toString(8)})`,
        `chmod 600 ${socketPath}`,
      ),
    ];
  }
  return [ok('socket', `${socketPath} is yours alone`)];
}

async function daemonMounts(context: Context): Promise<{ check: Check; live: readonly string[] }> {
  try {
    const status = await context.client.status();
    const live = status.mounts.map((mount) => mount.mountpoint);
    return {
      check: ok('daemon', `version ${status.version}, pid ${status.pid}, ${live.length} mounts`),
      live,
    };
  } catch (error) {
    if (isVikingError(error) && error.details['connected'] === false) {
      return { check: warn('daemon', error.message, 'ov mount DIR, or: ov daemon'), live: [] };
    }
    const { message, hint } = toVikingError(error);
    return { check: fail('daemon', message, hint ?? 'ov stop, then: ov mount DIR'), live: [] };
  }
}

/** Mounts of ours that no daemon serves: reading them fails with "Transport endpoint is not connected". */
async function staleMounts(live: readonly string[]): Promise<Check[]> {
  const left = (await readMountTable()).filter(
    (entry) => isVikingfs(entry) && !live.includes(entry.mountpoint),
  );
  if (left.length === 0) return [ok('mounts', 'none left behind by a dead daemon')];
  return left.map((entry) =>
    warn(
      'mounts',
      `${entry.mountpoint} is not served by this daemon`,
      `If no other daemon serves it: ov umount ${entry.mountpoint}`,
    ),
  );
}
