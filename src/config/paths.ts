import { createHash } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { VikingError } from '../errors/index.ts';
import type { Environment } from './environment.ts';

/** Longest path of a Unix socket: `sun_path` of unix(7) is 108 bytes and ends in NUL. */
export const SOCKET_PATH_MAX_BYTES = 107;

export function defaultHome(env: Environment): string {
  return join(xdg(env, 'XDG_DATA_HOME') ?? join(homeDirectory(env), '.local', 'share'), 'vikingfs');
}

export function defaultConfigFile(env: Environment): string {
  return join(xdg(env, 'XDG_CONFIG_HOME') ?? join(homeDirectory(env), '.config'), 'vikingfs', 'config.jsonc');
}

/**
 * Socket in the runtime directory, else in the home. A home too deep for a socket gets one in /tmp whose name is made
 * of the home's path, so that daemon and clients find the same one; its directory is private and checked by the daemon.
 */
export function defaultSocket(env: Environment, home: string): string {
  const runtime = xdg(env, 'XDG_RUNTIME_DIR');
  const wanted =
    runtime !== undefined && isDirectory(runtime)
      ? join(runtime, 'vikingfs', 'control.sock')
      : join(home, 'run', 'control.sock');
  if (Buffer.byteLength(wanted) <= SOCKET_PATH_MAX_BYTES) return wanted;
  const owner = process.getuid?.() ?? 0;
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 16);
  return join('/tmp', `vikingfs-${owner}`, `${digest}.sock`);
}

/** @throws INVALID_ARGUMENT when a socket cannot have this path */
export function assertSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= SOCKET_PATH_MAX_BYTES) return;
  throw new VikingError(
    'INVALID_ARGUMENT',
    `socket path ${path} has ${bytes} bytes, a Unix socket allows ${SOCKET_PATH_MAX_BYTES}`,
    {
      hint: 'Set VIKINGFS_SOCKET to a shorter path.',
    },
  );
}

/** `path` made absolute: `~/` is the user's home. @throws INVALID_ARGUMENT when it is relative; `what` names the setting */
export function absolutePath(path: string, what: string, env: Environment): string {
  const expanded = path === '~' || path.startsWith('~/') ? join(homeDirectory(env), path.slice(1)) : path;
  if (expanded.includes('\0'))
    throw new VikingError('INVALID_ARGUMENT', `${what}: a path cannot contain NUL`);
  if (isAbsolute(expanded)) return resolve(expanded);
  throw new VikingError('INVALID_ARGUMENT', `${what}: ${JSON.stringify(path)} is relative`, {
    hint: 'Give an absolute path: a daemon and its clients may start in different directories.',
  });
}

/**
 * That the daemon can create or use `home`.
 * @throws NOT_DIRECTORY, PERMISSION_DENIED, READ_ONLY, INVALID_ARGUMENT naming the path that stands in the way
 */
export function assertHomeUsable(home: string): void {
  const hint = 'Set VIKINGFS_HOME to a directory you can write.';
  const existing = nearestExisting(home);
  if (!isDirectory(existing)) {
    throw new VikingError('NOT_DIRECTORY', `home ${home}: ${existing} is not a directory`, { hint });
  }
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    const readOnly = (error as NodeJS.ErrnoException).code === 'EROFS';
    throw new VikingError(
      readOnly ? 'READ_ONLY' : 'PERMISSION_DENIED',
      `home ${home} is not writable: ${existing} ${readOnly ? 'is on a read-only filesystem' : 'does not allow it'}`,
      { hint, cause: error },
    );
  }
}

function nearestExisting(path: string): string {
  try {
    statSync(path);
    return path;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // ENOTDIR means that some ancestor is a file: going up finds it.
    if ((code === 'ENOENT' || code === 'ENOTDIR') && dirname(path) !== path)
      return nearestExisting(dirname(path));
    return path;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The XDG base directory specification tells us to ignore a relative path. */
function xdg(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value !== undefined && isAbsolute(value) ? resolve(value) : undefined;
}

function homeDirectory(env: Environment): string {
  const home = env['HOME'];
  return home !== undefined && isAbsolute(home) ? resolve(home) : homedir();
}
