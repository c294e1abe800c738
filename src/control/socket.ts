import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createConnection } from 'node:net';
import { basename, dirname } from 'node:path';
import { VikingError } from '../errors/index.ts';

/** How long a daemon that holds the socket has to take a connection. A backlog that is full counts as alive. */
const PROBE_MS = 2_000;

/**
 * Makes the server listen on a Unix socket only its owner can open: directory 0700, socket 0600 from its first instant.
 * @throws CONFLICT when another daemon answers there or the path is not a socket; PERMISSION_DENIED for a directory
 * others can change
 */
export async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  await preparePrivateDirectory(dirname(socketPath));
  await removeStaleSocket(socketPath);
  await bind(server, socketPath);
}

/** Whether something accepts connections at `socketPath`. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socketPath);
    const settle = (alive: boolean): void => {
      connection.destroy();
      resolve(alive);
    };
    connection.setTimeout(PROBE_MS, () => settle(true));
    connection.once('connect', () => settle(true));
    connection.once('error', (error: NodeJS.ErrnoException) => {
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT' && error.code !== 'ENOTSOCK');
    });
  });
}

async function preparePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  const me = process.getuid?.() ?? found.uid;
  if (!found.isDirectory()) throw new VikingError('NOT_DIRECTORY', `${directory}: not a directory`);
  const sticky = (found.mode & 0o1000) !== 0;
  if (found.uid !== me && found.uid !== 0) {
    throw new VikingError(
      'PERMISSION_DENIED',
      `${directory}: belongs to another user, who could replace the control socket`,
      {
        hint: 'Set VIKINGFS_SOCKET to a path in a directory of yours.',
      },
    );
  }
  if (found.uid === me && isOurs(directory)) {
    if ((found.mode & 0o077) !== 0) await chmod(directory, 0o700);
    return;
  }
  if ((found.mode & 0o022) !== 0 && !sticky) {
    throw new VikingError(
      'PERMISSION_DENIED',
      `${directory}: others may write here and could replace the control socket`,
      {
        hint: `Run: chmod go-w ${directory}, or set VIKINGFS_SOCKET.`,
      },
    );
  }
}

/** Directories by the names we give them; another one was chosen by the user, who decides who may look inside. */
function isOurs(directory: string): boolean {
  return /^(run|vikingfs(-\d+)?)$/.test(basename(directory));
}

async function removeStaleSocket(socketPath: string): Promise<void> {
  const found = await lstat(socketPath).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new VikingError('CONFLICT', `${socketPath}: exists and is not a socket`, {
      hint: 'Move it away, or set VIKINGFS_SOCKET.',
    });
  }
  if (await answers(socketPath)) throw taken(socketPath);
  await rm(socketPath, { force: true });
}

function bind(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? taken(socketPath)
          : new VikingError('UNAVAILABLE', `${socketPath}: ${error.message}`, { cause: error }),
      );
    });
    // listen() binds a path before it returns, so the mask holds for this one file and nothing else runs under it.
    const mask = process.umask(0o177);
    try {
      server.listen({ path: socketPath }, () => resolve());
    } finally {
      process.umask(mask);
    }
  });
}

function taken(socketPath: string): VikingError {
  return new VikingError('CONFLICT', `another daemon answers at ${socketPath}`, {
    hint: 'Use it, or stop it with: ov stop.',
  });
}
