import { execFile } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMAND_TIMEOUT_MS = 5_000;

/** Mountpoints below `$TMPDIR/vikingfs-*`, deepest first, from /proc/mounts, which never blocks on a hung mount. */
export function testMounts(mounts: string = readFileSync('/proc/mounts', 'utf8')): string[] {
  const prefixes = [...new Set([tmpdir(), realpathSync(tmpdir())])].map((dir) => join(dir, 'vikingfs-'));
  return mounts
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[1] ?? ''))
    .filter((mountpoint) => prefixes.some((prefix) => mountpoint.startsWith(prefix)))
    .sort((a, b) => b.length - a.length);
}

/**
 * Lazily unmounts test mounts nobody uses: of a process that is gone, of `ownPid`, or, where the name has no pid, one
 * that does not answer. Mounts of other runs that are alive stay. Returns the mountpoints it let go.
 */
export async function unmountLeftovers(ownPid?: number): Promise<string[]> {
  const gone: string[] = [];
  for (const mountpoint of testMounts()) {
    if (!(await isLeftover(mountpoint, ownPid))) continue;
    const done =
      (await runBounded('umount', ['-l', mountpoint])) ||
      (await runBounded('fusermount3', ['-uz', mountpoint])) ||
      (await runBounded('fusermount', ['-uz', mountpoint]));
    if (done) gone.push(mountpoint);
  }
  return gone;
}

async function isLeftover(mountpoint: string, ownPid: number | undefined): Promise<boolean> {
  const pid = /\/vikingfs-(\d+)-/.exec(mountpoint)?.[1];
  if (pid !== undefined) return Number(pid) === ownPid || !existsSync(`/proc/${pid}`);
  return !(await runBounded('stat', ['-f', mountpoint]));
}

/** In a child with a deadline: a process stuck in a dead mount cannot be waited for. */
function runBounded(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), COMMAND_TIMEOUT_MS + 500);
    const child = execFile(command, args, { timeout: COMMAND_TIMEOUT_MS, killSignal: 'SIGKILL' }, (error) => {
      clearTimeout(timer);
      resolve(error === null);
    });
    child.unref();
  });
}

/** The kernel writes space, tab, newline and backslash in /proc/mounts as octal. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
